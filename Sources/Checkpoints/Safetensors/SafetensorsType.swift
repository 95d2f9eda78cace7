public import BertCore

/// The element types of safetensors files, with their names in the format.
public enum SafetensorsType: String, Sendable, Hashable, CaseIterable {
    /// A byte with the value 0 or 1.
    case bool = "BOOL"
    /// Unsigned 8-bit integer.
    case uint8 = "U8"
    /// Signed 8-bit integer.
    case int8 = "I8"
    /// 8-bit float with 5 exponent bits.
    case float8E5M2 = "F8_E5M2"
    /// 8-bit float with 4 exponent bits.
    case float8E4M3 = "F8_E4M3"
    /// Unsigned 16-bit integer.
    case uint16 = "U16"
    /// Signed 16-bit integer.
    case int16 = "I16"
    /// IEEE 754 binary16.
    case float16 = "F16"
    /// The upper 16 bits of a binary32.
    case bfloat16 = "BF16"
    /// Unsigned 32-bit integer.
    case uint32 = "U32"
    /// Signed 32-bit integer.
    case int32 = "I32"
    /// IEEE 754 binary32.
    case float32 = "F32"
    /// Unsigned 64-bit integer.
    case uint64 = "U64"
    /// Signed 64-bit integer.
    case int64 = "I64"
    /// IEEE 754 binary64.
    case float64 = "F64"

    /// The size of an element in bytes.
    public var size: Int {
        switch self {
        case .bool, .uint8, .int8, .float8E5M2, .float8E4M3: 1
        case .uint16, .int16, .float16, .bfloat16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64: 8
        }
    }

    /// The corresponding type of tensors; nil if there is none.
    public var elementType: ElementType? {
        switch self {
        case .bool: .bool
        case .uint8: .uint8
        case .int8: .int8
        case .float16: .float16
        case .bfloat16: .bfloat16
        case .int32: .int32
        case .float32: .float32
        case .int64: .int64
        case .float64: .float64
        case .float8E5M2, .float8E4M3, .uint16, .int16, .uint32, .uint64: nil
        }
    }

    /// Creates the type that corresponds to a tensor's element type.
    public init(_ type: ElementType) {
        switch type {
        case .float32: self = .float32
        case .float16: self = .float16
        case .bfloat16: self = .bfloat16
        case .float64: self = .float64
        case .int8: self = .int8
        case .uint8: self = .uint8
        case .int32: self = .int32
        case .int64: self = .int64
        case .bool: self = .bool
        }
    }
}
