/// The type of a tensor's elements.
public enum ElementType: String, Sendable, Hashable, CaseIterable {
    /// IEEE 754 binary32; the default type of computations.
    case float32
    /// IEEE 754 binary16.
    case float16
    /// The upper 16 bits of an IEEE 754 binary32.
    case bfloat16
    /// IEEE 754 binary64.
    case float64
    /// Signed 8-bit integer.
    case int8
    /// Unsigned 8-bit integer.
    case uint8
    /// Signed 32-bit integer; the type of indices.
    case int32
    /// Signed 64-bit integer.
    case int64
    /// A byte with the value 0 or 1.
    case bool

    /// The size of an element in bytes.
    public var size: Int {
        switch self {
        case .int8, .uint8, .bool: 1
        case .float16, .bfloat16: 2
        case .float32, .int32: 4
        case .float64, .int64: 8
        }
    }

    /// Whether this is a floating-point type.
    public var isFloatingPoint: Bool {
        switch self {
        case .float32, .float16, .bfloat16, .float64: true
        case .int8, .uint8, .int32, .int64, .bool: false
        }
    }
}
