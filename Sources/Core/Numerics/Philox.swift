/// A counter-based random number generator: Philox 4×32 with ten rounds (Salmon et al., "Parallel Random Numbers: As
/// Easy as 1, 2, 3", 2011).
///
/// Each number is a function of the key and a counter, so numbers can be generated in any order.
package struct Philox: Sendable {
    /// The purpose of a stream. Streams of the same seed are independent.
    package enum Stream: UInt32, Sendable {
        case dataOrder = 1
        case masking = 2
        case weights = 3
        case dropout = 4
    }

    private let key: (UInt32, UInt32)
    private let stream: UInt32

    /// Creates a stream for a seed.
    package init(seed: UInt64, _ stream: Stream) {
        key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
        self.stream = stream.rawValue
    }

    /// Returns four 32-bit numbers at a position of the stream.
    package func block(_ a: UInt32, _ b: UInt32 = 0, _ c: UInt32 = 0) -> SIMD4<UInt32> {
        Self.block(counter: SIMD4(a, b, c, stream), key: key)
    }

    /// Returns a 64-bit number at a position of the stream.
    package func bits(_ a: UInt32, _ b: UInt32 = 0, _ c: UInt32 = 0) -> UInt64 {
        let block = block(a, b, c)
        return UInt64(block[0]) | UInt64(block[1]) << 32
    }

    /// Returns an integer in `0..<limit`.
    package func number(below limit: Int, _ a: UInt32, _ b: UInt32 = 0, _ c: UInt32 = 0) -> Int {
        Int(bits(a, b, c).multipliedFullWidth(by: UInt64(limit)).high)
    }

    package static func block(counter: SIMD4<UInt32>, key: (UInt32, UInt32)) -> SIMD4<UInt32> {
        var (counter, key) = (counter, key)
        for _ in 0..<10 {
            let first = counter[0].multipliedFullWidth(by: 0xD251_1F53)
            let third = counter[2].multipliedFullWidth(by: 0xCD9E_8D57)
            counter = SIMD4(
                third.high ^ counter[1] ^ key.0, third.low, first.high ^ counter[3] ^ key.1, first.low)
            key = (key.0 &+ 0x9E37_79B9, key.1 &+ 0xBB67_AE85)
        }
        return counter
    }
}
