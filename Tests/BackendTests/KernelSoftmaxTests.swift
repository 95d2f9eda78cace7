import CBertKernels
import Foundation
import Testing

@Suite("The softmax kernel")
struct KernelSoftmaxTests {
    static func expected(_ x: GuardedMatrix, scale: Float, mask: GuardedMatrix?, sharedMask: Bool) -> [Double] {
        (0..<x.rows).flatMap { row in
            exactSoftmax(
                (0..<x.columns).map { column in
                    Double(scale) * Double(x[row, column]) + Double(mask?[sharedMask ? 0 : row, column] ?? 0)
                })
        }
    }

    @Test("agrees with double precision, with and without masks", arguments: KernelSet.all, kernelSizes)
    func agrees(kernels: KernelSet, count: Int) {
        var numbers = KernelNumbers(seed: UInt64(count))
        let x = numbers.matrix(rows: 3, columns: count, -20, 20)
        let mask = numbers.matrix(rows: 3, columns: count, -5, 0)
        for scale: Float in [1, 0.125, -0.7] {
            var y = GuardedMatrix(rows: 3, columns: count)
            x.read { x in
                y.write { kernels.run.softmax(3, count, scale, x, count + 5, nil, 0, $0, count + 5) }
            }
            #expect(y.isIntact)
            expectClose(
                y.values, Self.expected(x, scale: scale, mask: nil, sharedMask: false), absolute: 1e-9, relative: 4e-6)
            for sharedMask in [false, true] {
                var z = x
                mask.read { mask in
                    z.write {
                        kernels.run.softmax(
                            3, count, scale, $0, count + 5, mask, sharedMask ? 0 : count + 5, $0, count + 5)
                    }
                }
                #expect(z.isIntact)
                expectClose(
                    z.values, Self.expected(x, scale: scale, mask: mask, sharedMask: sharedMask), absolute: 1e-9,
                    relative: 4e-6, "shared mask: \(sharedMask)")
            }
        }
    }

    @Test("gives masked columns nothing", arguments: KernelSet.all, [1, 3, 16, 17, 40, 128])
    func masked(kernels: KernelSet, count: Int) {
        for masking in [-Float.infinity, -.greatestFiniteMagnitude] {
            var numbers = KernelNumbers(seed: 2)
            var x = numbers.matrix(columns: count)
            let mask = GuardedMatrix(columns: count) { _, column in column % 3 == 0 ? 0 : masking }
            let expected = Self.expected(x, scale: 1, mask: mask, sharedMask: true)
            mask.read { mask in x.write { kernels.run.softmax(1, count, 1, $0, 0, mask, 0, $0, 0) } }
            expectClose(x.values, expected, absolute: 0, relative: 1e-6)
        }
    }

    @Test("gives a fully masked row equal shares", arguments: KernelSet.all, [1, 3, 16, 17, 40, 128])
    func fullyMasked(kernels: KernelSet, count: Int) {
        for masking in [-Float.infinity, -.greatestFiniteMagnitude] {
            var numbers = KernelNumbers(seed: 2)
            var x = numbers.matrix(columns: count)
            let mask = GuardedMatrix(columns: count) { _, _ in masking }
            mask.read { mask in x.write { kernels.run.softmax(1, count, 1, $0, 0, mask, 0, $0, 0) } }
            #expect(x.isIntact)
            expectClose(
                x.values, [Double](repeating: 1 / Double(count), count: count), absolute: 0, relative: 3e-7)
        }
    }

    @Test("gives NaN for a row with NaN or +∞, and only for that row", arguments: KernelSet.all)
    func notFinite(kernels: KernelSet) {
        for bad: Float in [.nan, .infinity] {
            for others in [Float(1), -.infinity] {
                for position in [0, 5, 16, 36] {
                    var x = GuardedMatrix(rows: 2, columns: 37) { row, column in
                        row == 1 ? (column == position ? bad : others) : Float(column)
                    }
                    let stride = x.stride
                    x.write { kernels.run.softmax(2, 37, 1, $0, stride, nil, 0, $0, stride) }
                    #expect(
                        (0..<37).allSatisfy { x[0, $0].isFinite && x[1, $0].isNaN },
                        "\(bad) at \(position) of \(others)")
                }
            }
        }
    }
}

/// Returns the softmax of a row, which is uniform if all elements are masked.
func exactSoftmax(_ scores: [Double]) -> [Double] {
    // Scores that are equal to the lowest float after rounding count as the lowest.
    let scores = scores.map { Float($0) == -.greatestFiniteMagnitude ? -Double(Float.greatestFiniteMagnitude) : $0 }
    guard let top = scores.max() else { return [] }
    let exponentials = scores.map { exp($0 - (top == -.infinity ? 0 : top)) }
    let sum = exponentials.reduce(0, +)
    return exponentials.map { sum == 0 ? 1 / Double(scores.count) : $0 / sum }
}
