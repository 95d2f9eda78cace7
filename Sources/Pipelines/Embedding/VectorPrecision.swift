/// The storage format of vector components: `precision` in sentence-transformers.
public enum VectorPrecision: String, Sendable, CaseIterable {
    /// Unquantized float32.
    case float32
    /// One of 256 steps of a range, from -128 to 127.
    case int8
    /// One of 256 steps of a range, from 0 to 255.
    case uint8
    /// One bit per component, set if it is positive, packed into bytes with the first component in the highest bit; 128
    /// is subtracted from each byte.
    case binary
    /// One bit per component, set if it is positive, packed into bytes with the first component in the highest bit.
    case ubinary

    /// Whether quantization requires ranges.
    public var needsRanges: Bool { self == .int8 || self == .uint8 }
}
