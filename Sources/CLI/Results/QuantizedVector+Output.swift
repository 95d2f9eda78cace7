import Bert

extension QuantizedVector {
    /// Its numbers in words.
    var words: [String] {
        switch self {
        case .float32(let values): values.map(\.description)
        case .int8(let values): values.map(\.description)
        case .uint8(let values): values.map(\.description)
        }
    }

    /// Its numbers in memory, the lowest byte of each first.
    var bytes: [UInt8] {
        switch self {
        case .float32(let values): values.map(\.bitPattern.littleEndian).withUnsafeBytes { Array($0) }
        case .int8(let values): values.map { UInt8(bitPattern: $0) }
        case .uint8(let values): values
        }
    }
}

extension VectorPrecision {
    /// What NumPy calls the type of the numbers.
    var numPyType: String {
        switch self {
        case .float32: "<f4"
        case .int8, .binary: "|i1"
        case .uint8, .ubinary: "|u1"
        }
    }
}
