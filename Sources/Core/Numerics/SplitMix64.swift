/// The pseudorandom number generator SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014),
/// with the same sequence on every platform.
package struct SplitMix64: RandomNumberGenerator, Sendable {
    /// The distance between two states.
    package static let step: UInt64 = 0x9E37_79B9_7F4A_7C15
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= Self.step
        return Self.mix(state)
    }

    /// Returns the number of a state. Each state has a different one.
    package static func mix(_ state: UInt64) -> UInt64 {
        var bits = state
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        return bits ^ bits >> 31
    }
}
