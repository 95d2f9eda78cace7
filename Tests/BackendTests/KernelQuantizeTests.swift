import CBertKernels
import Testing

@Suite("Integer kernels") struct KernelQuantizeTests {
    /// A quantized row. q represents (q − zero) · scale.
    private struct Row: Equatable {
        var integers: [Int]
        var zero = 0
        var scale: Float

        /// Quantizes a row according to the specification, with or without a zero point.
        init(_ row: [Float], ofWeights: Bool) {
            let (low, high) = (row.reduce(0, min), row.reduce(0, max))
            let (size, steps) = ofWeights ? (Self.greatestOfTwo(row), Float(127)) : (high - low, 255)
            integers = [Int](repeating: 0, count: row.count)
            scale = row.allSatisfy(\.isFinite) && size.isFinite ? 0 : .nan
            guard scale == 0, size >= 0x1p-119 else { return }
            let factor = steps / size
            zero = ofWeights ? 0 : Int((-low * factor).rounded(.toNearestOrEven))
            integers = row.map { min(Int(($0 * factor).rounded(.toNearestOrEven)) + zero, Int(steps)) }
            scale = size / steps
        }

        /// Returns the maximum sum of two neighbors' values with the same sign.
        private static func greatestOfTwo(_ row: [Float]) -> Float {
            stride(from: 0, to: row.count, by: 2).flatMap { first in
                let two = row[first..<min(first + 2, row.count)]
                return [two.reduce(0) { $0 + max($1, 0) }, two.reduce(0) { $0 + max(-$1, 0) }]
            }.max() ?? 0
        }

        private init(integers: [Int], zero: Int, scale: Float) {
            (self.integers, self.zero, self.scale) = (integers, zero, scale)
        }

        /// Quantizes rows with the kernels. The memory between the rows must not change.
        static func all(_ rows: [[Float]], ofWeights: Bool, with set: KernelSet) -> [Row] {
            let width = rows.first?.count ?? 0
            let stride = width + 3
            let x = GuardedMatrix(rows: rows.count, columns: width) { rows[$0][$1] }
            var unsigned = [UInt8](repeating: 7, count: rows.count * stride)
            var signed = [Int8](repeating: 7, count: rows.count * stride)
            var scales = [Float](repeating: -1, count: rows.count)
            var zeros = [Int32](repeating: 0, count: rows.count)
            x.read { x in
                let ldx = width + 5
                if ofWeights {
                    set.run.quantize_weights(rows.count, width, x, ldx, &signed, stride, &scales)
                } else {
                    set.run.quantize(rows.count, width, x, ldx, &unsigned, stride, &scales, &zeros)
                }
            }
            let all = ofWeights ? signed.map(Int.init) : unsigned.map(Int.init)
            return rows.indices.map { row in
                #expect(all[row * stride + width..<(row + 1) * stride].allSatisfy { $0 == 7 })
                return Row(
                    integers: Array(all[row * stride..<row * stride + width]), zero: Int(zeros[row]),
                    scale: scales[row])
            }
        }

        static func == (a: Row, b: Row) -> Bool {
            (a.integers, a.zero) == (b.integers, b.zero) && (a.scale == b.scale || a.scale.isNaN && b.scale.isNaN)
        }
    }

    @Test(arguments: KernelSet.all, [false, true])
    func `a row becomes the integers that the specification says`(set: KernelSet, ofWeights: Bool) {
        var numbers = KernelNumbers(seed: 77)
        for width in kernelSizes where width > 0 {
            // Rows with both signs, one sign, and zeros; too small for a factor; and with a range that exceeds the
            // maximum number.
            let rows: [[Float]] = [
                (-1, 1), (-1e-6, 3e-6), (0, 0), (0.5, 2), (-3, -1), (-0x1p-121, 0x1p-121), (0, 0x1p-118), (-3e38, 3e38),
            ].map { (bounds: (Float, Float)) in
                (0..<width).map { _ in numbers.uniform(bounds.0 / 2, bounds.1 / 2) * 2 }
            }
            let got = Row.all(rows, ofWeights: ofWeights, with: set)
            for (row, got) in zip(rows, got) {
                #expect(got == Row(row, ofWeights: ofWeights), "width \(width), from \(row[0])")
            }
        }
    }

    @Test(arguments: KernelSet.all)
    func `ties go to the even integer`(set: KernelSet) {
        let weights = Row.all([[126.5, 0.5, 1.5, 2.5, -0.5, -1.5, -126.5, 126.5]], ofWeights: true, with: set)
        #expect(weights[0].integers == [126, 0, 2, 2, 0, -2, -126, 126] && weights[0].scale == 1)
        // If both ends were rounded away from 0, there would be 257 integers.
        let spread = Row.all([[127.5, -127.5, 0.5, 1.5, 0]], ofWeights: false, with: set)
        #expect(spread[0].integers == [255, 0, 128, 130, 128] && spread[0].zero == 128 && spread[0].scale == 1)
    }

    @Test(arguments: KernelSet.all)
    func `two products of bytes with neighbouring weights fit into 16 bits`(set: KernelSet) {
        var numbers = KernelNumbers(seed: 78)
        for width in [4, 8, 61, 384] {
            let rows = (0..<200).map { _ in (0..<width).map { _ in numbers.uniform(-0.2, 1) } }
            for row in Row.all(rows + rows.map { $0.map(-) }, ofWeights: true, with: set) {
                for first in stride(from: 0, to: width, by: 2) {
                    let two = row.integers[first..<min(first + 2, width)]
                    let sums = (two.reduce(0) { $0 + max($1, 0) }, two.reduce(0) { $0 - min($1, 0) })
                    #expect(max(sums.0, sums.1) * 255 <= Int16.max, "\(two)")
                }
            }
        }
    }

    @Test(arguments: KernelSet.all, [Float.nan, -.nan, .infinity, -.infinity])
    func `a row that is not finite has a scale that is no number`(set: KernelSet, value: Float) {
        for ofWeights in [false, true] {
            for (width, position) in [(1, 0), (5, 4), (16, 3), (64, 63), (97, 96), (97, 40)] {
                var row = [Float](repeating: 0.25, count: width)
                row[position] = value
                let got = Row.all([row, row.map { _ in 1 }], ofWeights: ofWeights, with: set)
                #expect(got[0].integers.allSatisfy { $0 == 0 } && got[0].scale.isNaN, "\(position) of \(width)")
                #expect(got[1] == Row(row.map { _ in 1 }, ofWeights: ofWeights))
            }
        }
    }

    @Test(arguments: KernelSet.all)
    func `sums become floats with bias, function and residual`(set: KernelSet) {
        var numbers = KernelNumbers(seed: 5)
        for width in kernelSizes {
            let rows = 3
            let sums = (0..<rows * (width + 2)).map { _ in Int32(numbers.uniform(-2e6, 2e6)) }
            let columnSums = (0..<width).map { _ in Int32(numbers.uniform(-1e4, 1e4)) }
            let zeros: [Int32] = [0, 255, 97]
            let rowScales = (0..<rows).map { _ in numbers.uniform(0.001, 0.01) }
            let columnScales = (0..<width).map { _ in numbers.uniform(0.0001, 0.001) }
            let bias = (0..<width).map { _ in numbers.uniform(-1, 1) }
            let residual = numbers.matrix(rows: rows, columns: width)
            for (isBiased, adds, op) in [
                (true, true, BERT_UNARY_GELU), (false, false, BERT_UNARY_IDENTITY), (true, false, BERT_UNARY_TANH),
                (false, true, BERT_UNARY_RELU),
            ] {
                var y = GuardedMatrix(rows: rows, columns: width)
                residual.read { added in
                    bias.withUnsafeBufferPointer { bias in
                        y.write { y in
                            set.run.dequantize(
                                op, rows, width, sums, width + 2, rowScales, zeros, columnScales, columnSums,
                                isBiased ? bias.baseAddress : nil, adds ? added : nil, residual.stride, y,
                                residual.stride)
                        }
                    }
                }
                #expect(y.isIntact)
                let function = UnaryCase.all.first { $0.op == op }
                let want = (0..<rows).flatMap { row in
                    (0..<width).map { column in
                        let sum = Double(sums[row * (width + 2) + column] - zeros[row] * columnSums[column])
                        let product = sum * Double(rowScales[row]) * Double(columnScales[column])
                        let value = function?.exact(product + (isBiased ? Double(bias[column]) : 0)) ?? .nan
                        return value + (adds ? Double(residual[row, column]) : 0)
                    }
                }
                expectClose(y.values, want, absolute: 2e-6, relative: 1e-6, "\(op) of width \(width)")
            }
        }
    }
}
