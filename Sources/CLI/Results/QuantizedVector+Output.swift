import Bert

extension QuantizedVector {
    /// The components as strings.
    var words: [String] {
        switch self {
        case .float32(let values): values.map(\.description)
        case .int8(let values): values.map(\.description)
        case .uint8(let values): values.map(\.description)
        }
    }

    /// The components as little-endian bytes.
    var bytes: [UInt8] {
        switch self {
        case .float32(let values): values.map(\.bitPattern.littleEndian).withUnsafeBytes { Array($0) }
        case .int8(let values): values.map { UInt8(bitPattern: $0) }
        case .uint8(let values): values
        }
    }
}
