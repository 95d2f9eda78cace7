import BertCore
import Synchronization

/// Request ids.
public enum RequestID {
    private static let seed = UInt64.random(in: .min ... .max)
    private static let prefix = UInt64.random(in: .min ... .max)
    private static let count = Atomic<UInt64>(0)

    /// Returns 24 hexadecimal digits that differ from all others of this process, and from those of other processes
    /// with high probability. They can be guessed.
    public static func next() -> String {
        digits(SplitMix64.mix(seed &+ count.add(1, ordering: .relaxed).newValue &* SplitMix64.step), prefix)
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
