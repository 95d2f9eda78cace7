import CBertKernels
import Foundation
import Testing

@Suite("The layer norm kernel")
struct KernelNormTests {
    struct Inputs {
        var x: GuardedMatrix
        var bias: GuardedMatrix?
        var residual: GuardedMatrix?
        var gamma: GuardedMatrix?
        var beta: GuardedMatrix?
        var eps: Float = 1e-12

        /// The expected result in double precision. The sum of the inputs is rounded like the kernel's.
        var expected: [Double] {
            (0..<x.rows).flatMap { row in
                let z = (0..<x.columns).map { column in
                    Double(x[row, column] + (bias?[0, column] ?? 0) + (residual?[row, column] ?? 0))
                }
                let mean = z.reduce(0, +) / Double(z.count)
                let variance = z.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(z.count)
                return z.enumerated().map { column, value in
                    (value - mean) / (variance + Double(eps)).squareRoot() * Double(gamma?[0, column] ?? 1)
                        + Double(beta?[0, column] ?? 0)
                }
            }
        }

        func run(_ kernels: KernelSet, into y: inout GuardedMatrix) {
            let stride = y.stride
            x.read { x in run(kernels, x: x, residual: residual, y: &y, stride: stride) }
        }

        private func run(
            _ kernels: KernelSet, x: UnsafePointer<Float>, residual: GuardedMatrix?, y: inout GuardedMatrix, stride: Int
        ) {
            y.write { y in
                optional(bias) { bias in
                    optional(residual) { residual in
                        optional(gamma) { gamma in
                            optional(beta) { beta in
                                kernels.run.layer_norm(
                                    self.x.rows, self.x.columns, x, self.x.stride, bias, residual,
                                    self.residual?.stride ?? 0, gamma, beta, eps, y, stride)
                            }
                        }
                    }
                }
            }
        }

        private func optional(_ matrix: GuardedMatrix?, _ body: (UnsafePointer<Float>?) -> Void) {
            guard let matrix else { return body(nil) }
            matrix.read { body($0) }
        }
    }

    static func inputs(rows: Int, columns: Int, seed: UInt64, parts: Int = 15) -> Inputs {
        var numbers = KernelNumbers(seed: seed)
        return Inputs(
            x: numbers.matrix(rows: rows, columns: columns),
            bias: parts & 1 == 0 ? nil : numbers.matrix(columns: columns),
            residual: parts & 2 == 0 ? nil : numbers.matrix(rows: rows, columns: columns),
            gamma: parts & 4 == 0 ? nil : numbers.matrix(columns: columns),
            beta: parts & 8 == 0 ? nil : numbers.matrix(columns: columns))
    }

    @Test("agrees with double precision, with any of its inputs left out", arguments: KernelSet.all, kernelSizes)
    func agrees(kernels: KernelSet, count: Int) {
        for parts in 0..<16 {
            let inputs = Self.inputs(rows: 3, columns: count, seed: UInt64(count), parts: parts)
            var y = GuardedMatrix(rows: 3, columns: count)
            inputs.run(kernels, into: &y)
            #expect(y.isIntact)
            // If two columns have similar values, their difference from the mean is imprecise.
            expectClose(
                y.values, inputs.expected, absolute: 3e-6, relative: 1e-6, "\(count) columns, inputs \(parts)")
        }
    }

    @Test("keeps its precision far from zero", arguments: KernelSet.all)
    func offset(kernels: KernelSet) {
        for offset: Float in [100, 1e4, -3e5] {
            var numbers = KernelNumbers(seed: 3)
            let inputs = Inputs(x: numbers.matrix(rows: 4, columns: 768, offset - 1, offset + 1))
            var y = GuardedMatrix(rows: 4, columns: 768)
            inputs.run(kernels, into: &y)
            expectClose(y.values, inputs.expected, absolute: 3e-6, relative: 1e-6, "around \(offset)")
        }
    }

    @Test("gives beta for a constant row", arguments: KernelSet.all)
    func constantRow(kernels: KernelSet) {
        var inputs = Self.inputs(rows: 1, columns: 384, seed: 5, parts: 12)
        inputs.x = GuardedMatrix(columns: 384) { _, _ in 0.1 }
        var y = GuardedMatrix(columns: 384)
        inputs.run(kernels, into: &y)
        let beta = inputs.beta?.values.map { Double($0) } ?? []
        expectClose(y.values, beta, absolute: 0.05, relative: 0)
    }

    @Test("writes over its input or its residual", arguments: KernelSet.all, [16, 17, 384])
    func inPlace(kernels: KernelSet, count: Int) {
        let inputs = Self.inputs(rows: 3, columns: count, seed: 11)
        guard let bias = inputs.bias, let residual = inputs.residual, let gamma = inputs.gamma, let beta = inputs.beta
        else { return }
        for overResidual in [false, true] {
            var y = overResidual ? residual : inputs.x
            let other = overResidual ? inputs.x : residual
            bias.read { bias in
                gamma.read { gamma in
                    beta.read { beta in
                        other.read { other in
                            y.write { y in
                                kernels.run.layer_norm(
                                    3, count, overResidual ? other : UnsafePointer(y), inputs.x.stride, bias,
                                    overResidual ? UnsafePointer(y) : other, inputs.x.stride, gamma, beta, inputs.eps,
                                    y, inputs.x.stride)
                            }
                        }
                    }
                }
            }
            #expect(y.isIntact)
            expectClose(y.values, inputs.expected, absolute: 3e-6, relative: 1e-6)
        }
    }

    @Test("gives NaN for a row with NaN or infinity, and only for that row", arguments: KernelSet.all)
    func notFinite(kernels: KernelSet) {
        for bad: Float in [.nan, .infinity, -.infinity] {
            for position in [0, 5, 16, 36] {
                var numbers = KernelNumbers(seed: 1)
                let inputs = Inputs(
                    x: GuardedMatrix(rows: 2, columns: 37) { row, column in
                        row == 1 && column == position ? bad : numbers.uniform()
                    })
                var y = GuardedMatrix(rows: 2, columns: 37)
                inputs.run(kernels, into: &y)
                #expect((0..<37).allSatisfy { y[0, $0].isFinite && y[1, $0].isNaN }, "\(bad) at \(position)")
            }
        }
    }
}
