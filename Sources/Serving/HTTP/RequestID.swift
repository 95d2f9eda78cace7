import Synchronization

/// Request ids.
public enum RequestID {
    private static let seed = UInt64.random(in: .min ... .max)
    private static let prefix = UInt64.random(in: .min ... .max)
    private static let count = Atomic<UInt64>(0)

    /// Returns 24 hexadecimal digits that differ from all others of this process, and from those of other processes with
    /// high probability. They can be guessed.
    public static func next() -> String {
        // The mixing function of SplitMix64 (Steele, Lea, Flood 2014) has a different result for every number.
        var bits = seed &+ count.add(1, ordering: .relaxed).newValue &* 0x9e37_79b9_7f4a_7c15
        bits = (bits ^ bits >> 30) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ bits >> 27) &* 0x94d0_49bb_1331_11eb
        return digits(bits ^ bits >> 31, prefix)
    }

    /// Returns 24 random hexadecimal digits that can't be guessed.
    public static func random() -> String {
        digits(UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))
    }

    private static func digits(_ low: UInt64, _ high: UInt64) -> String {
        var bits = (low, high)
        return String(unsafeUninitializedCapacity: 24) { digits in
            for place in digits.indices {
                let digit = UInt8(bits.0 & 15)
                digits[place] = digit + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
                bits = (bits.0 >> 4 | bits.1 << 60, bits.1 >> 4)
            }
            return 24
        }
    }
}
