import CBertKernels
import Testing

/// An attention head whose tokens have positions.
private struct PlacedHead {
    let width = 20
    var queries: [Int32]
    var keys: [Int32]
    var reach = -1
    var rounding = BERT_ROUNDING_NONE
    var biasLimit: Int?
    /// The row limit, and the number of rows of relative tables.
    var relative: (limit: Int, rows: Int)?
    private let q, k, v, bias, tables: GuardedMatrix
    private let rows: [Int32]

    init(
        queries: [Int32], keys: [Int32], reach: Int = -1, biasLimit: Int? = nil,
        relative: (limit: Int, rows: Int)? = nil
    ) {
        (self.queries, self.keys, self.reach, self.biasLimit) = (queries, keys, reach, biasLimit)
        self.relative = relative
        var numbers = KernelNumbers(seed: UInt64(queries.count * 1_000 + keys.count))
        q = numbers.matrix(rows: queries.count, columns: width, -1, 1)
        k = numbers.matrix(rows: keys.count, columns: width, -1, 1)
        v = numbers.matrix(rows: keys.count, columns: width)
        bias = numbers.matrix(columns: 2 * (biasLimit ?? 0) + 1)
        tables = numbers.matrix(rows: 2 * (relative?.rows ?? 0), columns: width, -1, 1)
        let count = relative?.rows ?? 1
        rows = (0..<2 * (relative?.limit ?? 0) + 1).map { _ in Int32(numbers.next() % UInt64(count)) }
    }

    private func entry(_ row: Int, _ key: Int, _ limit: Int) -> Int {
        max(-limit, min(limit, Int(keys[key]) - Int(queries[row]))) + limit
    }

    func expected() -> (probabilities: [Double], out: [Double]) {
        func dot(_ a: GuardedMatrix, _ i: Int, _ b: GuardedMatrix, _ j: Int) -> Double {
            var (sum, column) = (0.0, 0)
            while column < width {
                sum += Double(a[i, column]) * Double(b[j, column])
                column += 1
            }
            return sum
        }
        var probabilities: [Double] = []
        var out: [Double] = []
        for row in queries.indices {
            let seen = keys.indices.filter { reach < 0 || abs(Int(keys[$0]) - Int(queries[row])) <= reach }
            let weights = exactSoftmax(
                seen.map { key in
                    var score = dot(q, row, k, key)
                    if let relative {
                        let table = Int(rows[entry(row, key, relative.limit)])
                        score += dot(q, row, tables, table) + dot(k, key, tables, relative.rows + table)
                    }
                    return 0.3 * score + (biasLimit.map { Double(bias[0, entry(row, key, $0)]) } ?? 0)
                })
            var line = [Double](repeating: 0, count: keys.count)
            for (key, weight) in zip(seen, weights) { line[key] = weight }
            probabilities += line
            var sums = [Double](repeating: 0, count: width)
            // Keys out of reach have no weight.
            for key in seen {
                for column in 0..<width { sums[column] += line[key] * Double(v[key, column]) }
            }
            out += sums
        }
        return (probabilities, out)
    }

    /// Runs the kernel for queries from `first` on, with guarded scratch memory that is filled with NaN.
    func run(
        _ kernels: KernelSet, from first: Int = 0, probabilities wanted: Bool = true
    ) -> (probabilities: GuardedMatrix, out: GuardedMatrix, isIntact: Bool) {
        let count = queries.count - first
        let tableRows = relative?.rows ?? 0
        var out = GuardedMatrix(rows: count, columns: width)
        var probabilities = GuardedMatrix(rows: count, columns: keys.count)
        var scratch = GuardedMatrix(
            columns: bert_attention_scratch(count, keys.count, width)
                + bert_attention_positions_scratch(keys.count, width, tableRows)
        ) { _, _ in .nan }
        let (ldo, ldp) = (out.stride, probabilities.stride)
        out.write { out in
            probabilities.write { probabilities in
                scratch.write { scratch in
                    q.read { q in
                        k.read { k in
                            v.read { v in
                                bias.read { bias in
                                    tables.read { tables in
                                        var positions = bert_attention_positions(
                                            queries: queries.start + first, keys: keys.start, reach: reach,
                                            bias: biasLimit == nil ? nil : bias, biasLimit: biasLimit ?? 0,
                                            relativeKeys: relative == nil ? nil : tables,
                                            relativeQueries: relative == nil
                                                ? nil : tables + tableRows * self.tables.stride,
                                            ldr: self.tables.stride, rows: rows.start, rowLimit: relative?.limit ?? 0,
                                            firstRow: 0, rowCount: tableRows)
                                        withUnsafePointer(to: &positions) { positions in
                                            var head = bert_attention_head(
                                                queries: count, keys: keys.count, width: width, scale: 0.3,
                                                q: q + first * self.q.stride, ldq: self.q.stride, k: k,
                                                ldk: self.k.stride, v: v, ldv: self.v.stride, mask: nil, ldm: 0,
                                                zeroesMaskedRows: false,
                                                out: out, ldo: ldo, probabilities: wanted ? probabilities : nil,
                                                ldp: ldp,
                                                positions: positions, rounding: rounding, dropout: nil, first: 0)
                                            kernels.run.attention(&head, scratch)
                                        }
                                    }
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

extension [Int32] {
    /// The pointer is valid as long as the test's array, which outlives the call.
    fileprivate var start: UnsafePointer<Int32> {
        withUnsafeBufferPointer { UnsafePointer($0.baseAddress.unsafelyUnwrapped) }
    }
}

@Suite("The attention kernel with positions")
struct KernelPositionTests {
    private static func places(_ count: Int, holes: Bool) -> [Int32] {
        (0..<Int32(count)).map { holes ? $0 + $0 / 7 * 3 : $0 }
    }

    /// Queries, keys.
    static let shapes = [[1, 1], [9, 33], [33, 33], [50, 97], [1, 130], [130, 130], [17, 0], [300, 300]]

    @Test("agrees with double precision, with holes and without", arguments: shapes)
    func agrees(shape: [Int]) {
        for holes in [false, true] {
            let (queries, keys) = (Self.places(shape[0], holes: holes), Self.places(shape[1], holes: holes))
            for head in [
                PlacedHead(queries: queries, keys: keys, reach: 5),
                PlacedHead(queries: queries, keys: keys, reach: 64),
                PlacedHead(queries: queries, keys: keys, biasLimit: 11),
                PlacedHead(queries: queries, keys: keys, relative: (20, 9)),
                PlacedHead(queries: queries, keys: keys, reach: 40, biasLimit: 90, relative: (3, 50)),
                PlacedHead(queries: queries.reversed(), keys: keys.reversed(), reach: 3, biasLimit: 2),
            ] {
                let expected = head.expected()
                for kernels in KernelSet.all {
                    let actual = head.run(kernels)
                    #expect(actual.isIntact, "\(kernels.name) \(shape)")
                    expectClose(
                        actual.out.values, expected.out, absolute: 1e-5, relative: 1e-5, "\(kernels.name): out \(shape)"
                    )
                    expectClose(
                        actual.probabilities.values, expected.probabilities, absolute: 1e-6, relative: 3e-5,
                        "\(kernels.name): probabilities \(shape)")
                }
            }
        }
    }

    @Test(
        "gives a query the same bits wherever the queries beside it begin", arguments: KernelSet.all,
        [BERT_ROUNDING_NONE, BERT_ROUNDING_PORTABLE])
    func bits(kernels: KernelSet, rounding: bert_rounding) {
        let places = Self.places(205, holes: false)
        for var head in [
            PlacedHead(queries: places, keys: places, reach: 37),
            PlacedHead(queries: places, keys: places, reach: 64, biasLimit: 20, relative: (30, 61)),
        ] {
            head.rounding = rounding
            let whole = head.run(kernels)
            if rounding != BERT_ROUNDING_NONE {
                // Operands, which are below 3, have relative errors of up to 2⁻⁹.
                expectClose(whole.out.values, head.expected().out, absolute: 0.1, relative: 0)
                #expect(whole.isIntact && head.run(kernels, probabilities: false).out.values == whole.out.values)
            }
            for first in [1, 3, 8, 50, 133, 204] {
                let part = head.run(kernels, from: first)
                for row in 0..<205 - first {
                    #expect(
                        (0..<20).allSatisfy { part.out[row, $0].bitPattern == whole.out[row + first, $0].bitPattern },
                        "query \(row + first), begun at \(first)")
                }
            }
        }
    }

    @Test("asks for scratch memory, and says when it can't be counted")
    func scratch() {
        #expect(bert_attention_positions_scratch(128, 32, 0) >= 8 * 128)
        #expect(bert_attention_positions_scratch(128, 32, 255) >= 128 * 255 + 2 * 255 * 32)
        #expect(bert_attention_positions_scratch(.max, 32, 5) == -1)
        #expect(bert_attention_positions_scratch(1 << 40, 32, 1 << 40) == -1)
        #expect(bert_attention_positions_scratch(1, 1, -1) == -1)
    }

    @Test("turns pairs of elements", arguments: KernelSet.all, [1, 3, 4, 8, 16, 17, 32])
    func rotate(kernels: KernelSet, half: Int) {
        var numbers = KernelNumbers(seed: 5)
        let x = numbers.matrix(rows: 5, columns: 2 * half)
        let (c, s) = (numbers.matrix(rows: 9 * half, columns: 1), numbers.matrix(rows: 9 * half, columns: 1))
        let (cosines, sines) = (c.values, s.values)
        for positions in [nil, [8, 0, 3, 3, 1]] as [[Int32]?] {
            var y = GuardedMatrix(rows: 5, columns: 2 * half)
            let stride = y.stride
            x.read { x in
                y.write { y in
                    kernels.run.rotate(
                        5, half, x, self.stride(half), cosines, sines, positions.map { $0.start }, y, stride)
                }
            }
            #expect(y.isIntact)
            var want: [Double] = []
            for row in 0..<5 {
                let start = (positions.map { Int($0[row]) } ?? row) * half
                func turned(_ j: Int, _ other: Int, _ sign: Double) -> Double {
                    let (cosine, sine) = (Double(cosines[start + j % half]), Double(sines[start + j % half]))
                    return Double(x[row, j]) * cosine + sign * Double(x[row, other]) * sine
                }
                want += (0..<half).map { turned($0, $0 + half, -1) }
                want += (half..<2 * half).map { turned($0, $0 - half, 1) }
            }
            expectClose(y.values, want, absolute: 2e-6, relative: 1e-6, "half \(half)")
        }
    }

    private func stride(_ half: Int) -> Int { GuardedMatrix(rows: 0, columns: 2 * half).stride }
}
