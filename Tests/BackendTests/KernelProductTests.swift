import CBertKernels
import Testing

@Suite("Product kernels") struct KernelProductTests {
    /// A product and its epilogue, for one implementation.
    private struct Case {
        let type: bert_product_type
        let (rows, inner, columns): (Int, Int, Int)
        var scale: Float = 1
        var hasBias = true
        var activation = BERT_UNARY_IDENTITY
        var hasResidual = true
        /// Whether the weights are `[inner, columns]` instead of `[columns, inner]`.
        var isTransposed = false

        let x: GuardedMatrix
        var weights: [Float]
        let bias: [Float]
        let residual: GuardedMatrix

        init(_ type: bert_product_type, rows: Int, inner: Int, columns: Int, number: (Int) -> Float) {
            (self.type, self.rows, self.inner, self.columns) = (type, rows, inner, columns)
            x = GuardedMatrix(rows: rows, columns: inner) { number($0 * 31 + $1) }
            weights = (0..<columns * inner).map { number($0 * 7 + 3) }
            bias = (0..<columns).map { number($0 + 11) }
            residual = GuardedMatrix(rows: rows, columns: columns, pad: 2) { number($0 + 5 * $1) }
        }

        /// Computes the result of an implementation for all rows, or for some of them.
        func run(_ set: KernelSet, rows range: Range<Int>? = nil) -> GuardedMatrix {
            let range = range ?? 0..<rows
            let panel = set.run.panel_columns(type)
            let panels = (columns + panel - 1) / panel
            let size = set.run.panel_size(type, inner)
            let packed = UnsafeMutableRawPointer.allocate(byteCount: max(size * panels, 1), alignment: 64)
            let scratch = UnsafeMutableRawPointer.allocate(
                byteCount: max(set.run.multiply_scratch(type, range.count, inner), 1), alignment: 64)
            defer {
                packed.deallocate()
                scratch.deallocate()
            }
            var scales = [Float](repeating: 0, count: columns)
            var sums = [Int32](repeating: 0, count: columns)
            let (step, stride) = isTransposed ? (columns, 1) : (1, inner)
            weights.withUnsafeBufferPointer { weights in
                for index in 0..<panels {
                    let column = index * panel
                    scales.withUnsafeMutableBufferPointer { scales in
                        sums.withUnsafeMutableBufferPointer { sums in
                            set.run.pack_panel(
                                type, inner, min(panel, columns - column),
                                weights.baseAddress.unsafelyUnwrapped + column * stride, step, stride,
                                packed + index * size, scales.baseAddress.map { $0 + column },
                                sums.baseAddress.map { $0 + column })
                        }
                    }
                }
            }
            var y = GuardedMatrix(rows: range.count, columns: columns, pad: 3)
            let ldy = y.stride
            x.read { x in
                residual.read { residual in
                    bias.withUnsafeBufferPointer { bias in
                        scales.withUnsafeBufferPointer { scales in
                            sums.withUnsafeBufferPointer { sums in
                                y.write { y in
                                    var product = bert_product(
                                        type: type, rows: range.count, inner: inner, columns: columns,
                                        x: x + range.lowerBound * self.x.stride, ldx: self.x.stride, weights: packed,
                                        columnScales: scales.baseAddress, columnSums: sums.baseAddress, scale: scale,
                                        bias: hasBias ? bias.baseAddress : nil, activation: activation,
                                        residual: hasResidual
                                            ? residual + range.lowerBound * self.residual.stride : nil,
                                        ldr: self.residual.stride, y: y, ldy: ldy)
                                    set.run.multiply(&product, scratch)
                                }
                            }
                        }
                    }
                }
            }
            return y
        }

        /// Returns the result in double precision for the unrounded numbers.
        func expected(_ function: (Double) -> Double = { $0 }) -> [Double] {
            let (step, stride) = isTransposed ? (columns, 1) : (1, inner)
            return x.read { x in
                weights.withUnsafeBufferPointer { weights in
                    (0..<rows).flatMap { row in
                        (0..<columns).map { column in
                            var sum = 0.0
                            var k = 0
                            while k < inner {
                                sum += Double(x[row * self.x.stride + k]) * Double(weights[k * step + column * stride])
                                k += 1
                            }
                            let whole = function(sum * Double(scale) + (hasBias ? Double(bias[column]) : 0))
                            return whole + (hasResidual ? Double(residual[row, column]) : 0)
                        }
                    }
                }
            }
        }
    }

    /// Returns numbers that bfloat16 can represent, and whose sum as floats is exact in any order.
    private static func exact(_ index: Int) -> Float { Float((index &* 7_919) % 17 - 8) / 4 }

    private static let shapes = [
        (1, 1, 1), (3, 5, 7), (4, 130, 24), (5, 127, 25), (6, 384, 16), (7, 66, 48), (8, 64, 49), (9, 513, 33),
        (13, 128, 100), (25, 1_030, 47), (2, 0, 5),
    ]

    @Test("floats and bfloat16 are exact on exact numbers, and nothing else is written", arguments: shapes.indices)
    func exactNumbers(index: Int) {
        let (rows, inner, columns) = Self.shapes[index]
        for (scale, bias, residual) in [(Float(1), true, true), (0.5, false, false), (2, true, false)] {
            for isTransposed in [false, true] {
                for type in [BERT_PRODUCT_FLOAT32, BERT_PRODUCT_BFLOAT16] {
                    var product = Case(type, rows: rows, inner: inner, columns: columns, number: Self.exact)
                    (product.scale, product.hasBias, product.hasResidual) = (scale, bias, residual)
                    product.isTransposed = isTransposed
                    let expected = product.expected()
                    for set in KernelSet.all {
                        let got = product.run(set)
                        expectClose(got.values, expected, absolute: 0, relative: 0, "\(set.name) \(rows)x\(inner)")
                        #expect(got.isIntact, "\(set.name)")
                    }
                }
            }
        }
    }

    @Test("int8 is what the plain kernels make of it", arguments: KernelSet.all)
    func integers(set: KernelSet) throws {
        let plain = try #require(KernelSet.all.first)
        var numbers = KernelNumbers(seed: 5)
        let values = (0..<4_099).map { _ in numbers.uniform() }
        for (rows, inner, columns) in Self.shapes where inner > 0 {
            var product = Case(BERT_PRODUCT_INT8, rows: rows, inner: inner, columns: columns) {
                values[$0 % values.count]
            }
            for residual in [false, true] {
                product.hasResidual = residual
                let got = product.run(set)
                expectClose(
                    got.values, product.run(plain).values.map(Double.init), absolute: 1e-6, relative: 1e-6,
                    "\(rows)x\(inner)x\(columns)")
                #expect(got.isIntact)
            }
            // The integer result is close to the float result.
            product.hasResidual = false
            // The error of inputs is up to half a step of 6/255, and of weights up to half of 6/127 (two neighbors of
            // 3). Each is multiplied by √3 on average, so the standard deviation of a product's error is 0.027. Six
            // times this value doesn't occur in practice.
            let bound = 6 * 0.027 * Double(inner).squareRoot()
            expectClose(
                product.run(set).values, product.expected(), absolute: bound, relative: 0, "against floats")
        }
    }

    @Test("the greatest integers do not overflow on the way", arguments: KernelSet.all)
    func saturation(set: KernelSet) throws {
        let plain = try #require(KernelSet.all.first)
        // Inputs of 255, and weights with the maximum sum of two neighbors: a single 127, or 64 and 64.
        for (name, four) in [
            ("one", [1, 0, 0, 1]), ("two", [0.5, 0.5, 0.5, 0.5]), ("both signs", [-0.5, -0.5, 0.5, -0.5]),
        ] {
            for sign in [Float(1), -1] {
                let weights = four.map { Float($0) * sign }
                var product = Case(BERT_PRODUCT_INT8, rows: 7, inner: 3_072, columns: 50) { _ in 1 }
                (product.hasBias, product.hasResidual) = (false, false)
                product.weights = product.weights.indices.map { weights[$0 % 4] }
                let got = product.run(set).values
                expectClose(got, product.run(plain).values.map(Double.init), absolute: 0, relative: 1e-6, name)
                // A half becomes 64/127.
                expectClose(got, product.expected(), absolute: 0, relative: 0.01, name)
            }
        }
    }

    @Test("an activation comes before the residual", arguments: KernelSet.all)
    func activation(set: KernelSet) {
        for (rows, inner, columns) in Self.shapes {
            var product = Case(
                BERT_PRODUCT_FLOAT32, rows: rows, inner: inner, columns: columns, number: Self.exact)
            product.activation = BERT_UNARY_RELU
            expectClose(
                product.run(set).values, product.expected { max($0, 0) }, absolute: 0, relative: 0, "relu")
        }
    }

    @Test("a row has the same bits alone", arguments: KernelSet.all)
    func rowsAlone(set: KernelSet) {
        var numbers = KernelNumbers(seed: 9)
        let values = (0..<4_099).map { _ in numbers.uniform() }
        for type in [BERT_PRODUCT_FLOAT32, BERT_PRODUCT_BFLOAT16, BERT_PRODUCT_INT8] {
            let product = Case(type, rows: 23, inner: 400, columns: 61) { values[$0 % values.count] }
            let whole = product.run(set).values
            for row in 0..<23 {
                let alone = product.run(set, rows: row..<row + 1).values
                #expect(alone == Array(whole[row * 61..<(row + 1) * 61]), "row \(row)")
            }
        }
    }

    @Test("NaN comes through, and stays in its row", arguments: KernelSet.all)
    func notNumbers(set: KernelSet) {
        for type in [BERT_PRODUCT_FLOAT32, BERT_PRODUCT_BFLOAT16, BERT_PRODUCT_INT8] {
            let product = Case(type, rows: 6, inner: 40, columns: 30) { $0 == 31 * 2 + 1 ? .nan : 1 }
            let values = product.run(set).values
            let (hidden, free) = (values[2 * 30..<3 * 30], values[0..<30])
            #expect(hidden.allSatisfy { $0.isNaN }, "the row that has one")
            #expect(free.allSatisfy { $0.isFinite }, "a row that has none")
        }
    }
}
