import CBertKernels
import Testing

/// An attention head with its inputs.
private struct Head {
    var q: GuardedMatrix
    var k: GuardedMatrix
    var v: GuardedMatrix
    var mask: GuardedMatrix?
    var sharesMask = false
    var scale: Float = 0.3
    var rounding = BERT_ROUNDING_NONE

    init(queries: Int, keys: Int, width: Int, seed: UInt64) {
        var numbers = KernelNumbers(seed: seed)
        q = numbers.matrix(rows: queries, columns: width)
        k = numbers.matrix(rows: keys, columns: width)
        v = numbers.matrix(rows: keys, columns: width)
    }

    func maskValue(_ row: Int, _ column: Int) -> Double { Double(mask?[sharesMask ? 0 : row, column] ?? 0) }

    /// Returns the probabilities and the output in double precision.
    func expected() -> (probabilities: [Double], out: [Double]) {
        var probabilities: [Double] = []
        var out: [Double] = []
        for row in 0..<q.rows {
            let weights = exactSoftmax(
                (0..<k.rows).map { key in
                    var (dot, column) = (0.0, 0)
                    while column < q.columns {
                        dot += Double(q[row, column]) * Double(k[key, column])
                        column += 1
                    }
                    return Double(scale) * dot + maskValue(row, key)
                })
            probabilities += weights
            out += (0..<q.columns).map { column in
                var (sum, key) = (0.0, 0)
                while key < weights.count {
                    sum += weights[key] * Double(v[key, column])
                    key += 1
                }
                return sum
            }
        }
        return (probabilities, out)
    }

    /// Runs the kernel with guarded scratch memory that is filled with NaN.
    func run(
        _ kernels: KernelSet, probabilities wanted: Bool = false
    ) -> (probabilities: GuardedMatrix, out: GuardedMatrix, isIntact: Bool) {
        var out = GuardedMatrix(rows: q.rows, columns: q.columns)
        var probabilities = GuardedMatrix(rows: q.rows, columns: k.rows)
        var scratch = GuardedMatrix(columns: bert_attention_scratch(q.rows, k.rows, q.columns)) { _, _ in .nan }
        let (ldo, ldp) = (out.stride, probabilities.stride)
        let hasMask = mask != nil
        let mask = mask ?? GuardedMatrix(columns: 0)
        let maskStride = mask.stride
        q.read { q in
            k.read { k in
                v.read { v in
                    mask.read { mask in
                        out.write { out in
                            probabilities.write { probabilities in
                                scratch.write { scratch in
                                    var head = bert_attention_head(
                                        queries: self.q.rows, keys: self.k.rows, width: self.q.columns, scale: scale,
                                        q: q, ldq: self.q.stride, k: k, ldk: self.k.stride, v: v, ldv: self.v.stride,
                                        mask: hasMask ? mask : nil, ldm: sharesMask ? 0 : maskStride,
                                        zeroesMaskedRows: false, out: out, ldo: ldo,
                                        probabilities: wanted ? probabilities : nil, ldp: ldp,
                                        positions: nil, rounding: rounding, dropout: nil, first: 0)
                                    kernels.run.attention(&head, scratch)
                                }
                            }
                        }
                    }
                }
            }
        }
        return (probabilities, out, out.isIntact && probabilities.isIntact && scratch.isIntact)
    }
}

@Suite("The attention kernel")
struct KernelAttentionTests {
    /// Queries, keys, width.
    static let shapes: [[Int]] =
        [0, 1, 2, 3, 4, 5, 7, 8, 9, 11, 12, 13, 16, 17, 31, 33].map { [$0, $0, 32] }
        + [1, 2, 7, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 95, 96, 97, 113, 130].map { [5, $0, 20] }
        + [0, 1, 2, 3, 4, 7, 8, 12, 15, 16, 17, 24, 31, 33, 40, 48, 63, 64, 65, 80, 96, 128].map { [9, 21, $0] }
        + [[128, 128, 32], [100, 128, 64], [17, 300, 32], [3, 0, 8], [0, 3, 8]]

    @Test("agrees with double precision in every shape", arguments: shapes)
    func agrees(shape: [Int]) {
        let head = Head(queries: shape[0], keys: shape[1], width: shape[2], seed: UInt64(shape[0] + 7 * shape[1]))
        let expected = head.expected()
        for kernels in KernelSet.all {
            for wanted in [false, true] {
                let actual = head.run(kernels, probabilities: wanted)
                #expect(actual.isIntact, "\(kernels.name) \(shape)")
                // Scores have a magnitude of up to a few dozen, and their rounding affects the exponential.
                expectClose(
                    actual.out.values, expected.out, absolute: 1e-5, relative: 1e-5, "\(kernels.name): out \(shape)")
                if wanted {
                    expectClose(
                        actual.probabilities.values, expected.probabilities, absolute: 1e-7, relative: 3e-5,
                        "\(kernels.name): probabilities \(shape)")
                }
            }
        }
    }

    @Test("adds a mask, of its own for each query or shared", arguments: KernelSet.all, [1, 5, 16, 33, 50, 100])
    func masks(kernels: KernelSet, keys: Int) {
        for sharesMask in [false, true] {
            var head = Head(queries: 11, keys: keys, width: 24, seed: 9)
            var numbers = KernelNumbers(seed: 10)
            head.sharesMask = sharesMask
            head.mask = GuardedMatrix(rows: sharesMask ? 1 : 11, columns: keys) { _, column in
                column % 5 == 3 ? -.infinity : column % 5 == 4 ? -.greatestFiniteMagnitude : numbers.uniform()
            }
            let expected = head.expected()
            let actual = head.run(kernels, probabilities: true)
            #expect(actual.isIntact)
            expectClose(actual.out.values, expected.out, absolute: 1e-5, relative: 1e-5, "shared: \(sharesMask)")
            expectClose(
                actual.probabilities.values, expected.probabilities, absolute: 1e-7, relative: 3e-5,
                "shared: \(sharesMask)")
        }
    }

    @Test("gives a fully masked query the mean of the values", arguments: KernelSet.all, [1, 5, 16, 33])
    func fullyMasked(kernels: KernelSet, keys: Int) {
        for masking in [-Float.infinity, -.greatestFiniteMagnitude] {
            var head = Head(queries: 7, keys: keys, width: 8, seed: 4)
            head.mask = GuardedMatrix(rows: 7, columns: keys) { row, _ in row == 3 ? masking : 0 }
            let expected = head.expected()
            let actual = head.run(kernels, probabilities: true)
            expectClose(actual.out.values, expected.out, absolute: 1e-5, relative: 1e-5)
            #expect((0..<keys).allSatisfy { abs(actual.probabilities[3, $0] - 1 / Float(keys)) < 1e-7 })
        }
    }

    private static let roundings = [BERT_ROUNDING_PORTABLE, BERT_ROUNDING_FASTEST]

    /// A head whose operands bfloat16 can represent.
    private func roundedHead(queries: Int, keys: Int, width: Int, _ rounding: bert_rounding) -> Head {
        var head = Head(queries: queries, keys: keys, width: width, seed: 12)
        var numbers = KernelNumbers(seed: 13)
        func matrix(_ rows: Int) -> GuardedMatrix {
            GuardedMatrix(rows: rows, columns: width) { _, _ in (numbers.uniform() * 16).rounded() / 16 }
        }
        (head.q, head.k, head.v) = (matrix(queries), matrix(keys), matrix(keys))
        head.rounding = rounding
        return head
    }

    @Test("in bfloat16 only rounds the weights of rounded operands", arguments: KernelSet.all, shapes)
    func rounded(kernels: KernelSet, shape: [Int]) {
        for (rounding, isMasked) in Self.roundings.flatMap({ [($0, false), ($0, true)] }) {
            var head = roundedHead(queries: shape[0], keys: shape[1], width: shape[2], rounding)
            if isMasked {
                head.mask = GuardedMatrix(rows: shape[0], columns: shape[1]) { row, column in
                    row == 2 || column % 5 == 3 ? -.greatestFiniteMagnitude : Float(column % 3)
                }
            }
            let expected = head.expected()
            let actual = head.run(kernels, probabilities: true)
            #expect(actual.isIntact, "\(shape)")
            expectClose(
                actual.probabilities.values, expected.probabilities, absolute: 1e-7, relative: 3e-5,
                "probabilities \(shape)")
            // Values are up to 3, and the weights, whose sum is 1, have a relative error of up to 2⁻⁹.
            expectClose(actual.out.values, expected.out, absolute: 3 * 0x1p-9 + 1e-5, relative: 0, "out \(shape)")
            #expect(head.run(kernels).out.values == actual.out.values, "without probabilities")
        }
    }

    @Test("in bfloat16 gives a query the same bits alone", arguments: KernelSet.all, roundings)
    func roundedAlone(kernels: KernelSet, rounding: bert_rounding) {
        let head = roundedHead(queries: 70, keys: 61, width: 40, rounding)
        let whole = head.run(kernels).out
        for row in 0..<70 {
            var alone = head
            alone.q = GuardedMatrix(rows: 1, columns: 40) { head.q[row, $1] }
            #expect(alone.run(kernels).out.values == (0..<40).map { whole[row, $0] }, "query \(row)")
        }
    }

    @Test("gives NaN where a query holds NaN, everywhere when a key does", arguments: KernelSet.all)
    func notANumber(kernels: KernelSet) {
        for (keys, rounding) in [(1, BERT_ROUNDING_NONE), (16, BERT_ROUNDING_NONE), (21, BERT_ROUNDING_NONE)]
            + Self.roundings.map({ (21, $0) })
        {
            var clean = Head(queries: 10, keys: keys, width: 32, seed: 6)
            clean.rounding = rounding
            var head = clean
            head.q = GuardedMatrix(rows: 10, columns: 32) { $0 == 4 && $1 == 3 ? .nan : clean.q[$0, $1] }
            let one = head.run(kernels).out
            for row in 0..<10 { #expect((0..<32).allSatisfy { one[row, $0].isNaN == (row == 4) }) }

            head = clean
            head.k = GuardedMatrix(rows: keys, columns: 32) { $0 == keys - 1 && $1 == 3 ? .nan : clean.k[$0, $1] }
            #expect(head.run(kernels).out.values.allSatisfy { $0.isNaN })
        }
    }

    @Test("asks for scratch memory, and says when it can't be counted")
    func scratch() {
        #expect(bert_attention_scratch(128, 128, 32) >= 128 * 32 * 2 + 128)
        #expect(bert_attention_scratch(1, 0, 0) >= 0)
        #expect(bert_attention_scratch(1, .max, 32) == -1)
        #expect(bert_attention_scratch(1, .max / 32, 64) == -1)
        #expect(bert_attention_scratch(1, -1, 32) == -1)
    }
}
