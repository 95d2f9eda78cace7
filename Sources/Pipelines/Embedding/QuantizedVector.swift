/// A vector with components of some precision. In JSON, it is an array of numbers.
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
        // Some encoders would encode an array of bytes as data.
        case .uint8(let values): try values.map(Int.init).encode(to: encoder)
        }
    }
}
