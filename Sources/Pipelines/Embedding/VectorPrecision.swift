/// What the components of a vector are stored as: `precision` in sentence-transformers.
public enum VectorPrecision: String, Sendable, CaseIterable {
    /// As they are.
    case float32
    /// One of 256 steps between two values, from -128 to 127.
    case int8
    /// One of 256 steps between two values, from 0 to 255.
    case uint8
    /// Whether a component is positive, eight to a byte, the first in the highest bit; 128 is subtracted.
    case binary
    /// Whether a component is positive, eight to a byte, the first in the highest bit.
    case ubinary

    /// Whether it takes the values that the steps lie between.
    public var needsRanges: Bool { self == .int8 || self == .uint8 }
}
