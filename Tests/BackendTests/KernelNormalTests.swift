import CBertKernels
import Foundation
import Testing

@Suite("Normally distributed numbers")
struct KernelNormalTests {
    /// SplitMix64 with the Box-Muller transform, one number at a time.
    private struct Sequence: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }

        mutating func normal() -> Double {
            let radius = (-2 * log(Double.random(in: Double.leastNormalMagnitude..<1, using: &self))).squareRoot()
            return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &self))
        }
    }

    @Test("are those of the sequence, bit for bit", arguments: [0, 1, 77, UInt64.max], [0.02, 1])
    func sequence(state: UInt64, range: Double) {
        let (skipped, count) = (5, 200_003)
        var sequence = Sequence(state: state)
        for index in 0..<skipped { #expect(bert_normal_number(state, UInt64(index)) == sequence.normal()) }
        let expected = (0..<count).map { _ in Float(sequence.normal() * range) }
        var numbers = GuardedMatrix(columns: count)
        numbers.write { bert_normal_numbers(state, UInt64(skipped), count, range, $0) }
        #expect(numbers.isIntact)
        #expect(numbers.values == expected)
    }

    @Test("have the mean and the deviation of a standard normal distribution")
    func distribution() {
        let count = 400_000
        var numbers = [Float](repeating: 0, count: count)
        bert_normal_numbers(9, 0, count, 1, &numbers)
        let mean = numbers.reduce(0.0) { $0 + Double($1) } / Double(count)
        let variance = numbers.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(count)
        #expect(abs(mean) < 0.01)
        #expect(abs(variance - 1) < 0.02)
        let beyond = numbers.count { abs($0) > 1.959964 }
        #expect(abs(Double(beyond) / Double(count) - 0.05) < 0.003)
    }
}
