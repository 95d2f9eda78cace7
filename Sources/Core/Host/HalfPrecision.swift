/// Conversions of 16-bit floating-point numbers, as bit patterns. Swift has no `Float16` on Intel Macs.
public enum HalfPrecision {
    /// Returns the exact value of a binary16.
    @inlinable
    public static func float(fromFloat16 bits: UInt16) -> Float {
        let sign = UInt32(bits & 0x8000) << 16
        let rest = UInt32(bits & 0x7FFF)
        // Infinity and NaN keep the maximum exponent. All other values are scaled by the difference of the exponent
        // biases, 112. The multiplication also normalizes subnormal numbers.
        if rest >= 0x7C00 { return Float(bitPattern: sign | 0x7F80_0000 | (rest & 0x03FF) << 13) }
        let scaled = Float(bitPattern: rest << 13) * Float(bitPattern: (127 + 112) << 23)
        return Float(bitPattern: sign | scaled.bitPattern)
    }

    /// Returns the exact value of a bfloat16.
    @inlinable
    public static func float(fromBfloat16 bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }

    /// Returns the nearest binary16, with ties to even. Overflow gives infinity, and NaN stays NaN.
    @inlinable
    public static func float16(from value: Float) -> UInt16 {
        let bits = value.bitPattern
        let sign = UInt16(truncatingIfNeeded: bits >> 16) & 0x8000
        if value.isNaN { return sign | 0x7E00 }
        let magnitude = value.magnitude
        if magnitude >= 65_520 { return sign | 0x7C00 }
        if magnitude < 0x1p-14 {
            // A multiple of the smallest subnormal number.
            return sign | UInt16((magnitude * 0x1p24).rounded(.toNearestOrEven))
        }
        let rest = bits & 0x7FFF_FFFF
        let rounded = rest &+ 0x0FFF &+ (rest >> 13 & 1)
        return sign | UInt16(truncatingIfNeeded: (rounded &- (112 << 23)) >> 13)
    }

    /// Returns the nearest bfloat16, with ties to even. NaN stays NaN.
    @inlinable
    public static func bfloat16(from value: Float) -> UInt16 {
        let bits = value.bitPattern
        if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x0040 }
        return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
    }
}
