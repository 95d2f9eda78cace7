/// A vector's components in some precision; as JSON a list of numbers.
public enum QuantizedVector: Sendable, Hashable {
    case float32([Float])
    case int8([Int8])
    case uint8([UInt8])
}

extension QuantizedVector: Encodable {
    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .float32(let values): try values.encode(to: encoder)
        case .int8(let values): try values.encode(to: encoder)
        // On its own an array of bytes would be encoded as data by some encoders.
        case .uint8(let values): try values.map(Int.init).encode(to: encoder)
        }
    }
}
