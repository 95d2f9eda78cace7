import BertCore

extension StoredTensor {
    /// Returns the elements as 64-bit integers.
    ///
    /// - Throws: ``BertError`` `.weightsMismatch` if the elements aren't integers or an unsigned one is too large.
    public func int64() throws -> [Int64] {
        switch type {
        case .int64: try integers(Int64.self, Int64.self)
        case .int32: try integers(Int32.self, Int64.self)
        case .int16: try integers(Int16.self, Int64.self)
        case .int8: try integers(Int8.self, Int64.self)
        case .uint64: try integers(UInt64.self, Int64.self)
        case .uint32: try integers(UInt32.self, Int64.self)
        case .uint16: try integers(UInt16.self, Int64.self)
        case .uint8, .bool: try integers(UInt8.self, Int64.self)
        default: throw notIntegers()
        }
    }

    /// Returns the elements as 32-bit integers.
    ///
    /// - Throws: ``BertError`` `.weightsMismatch` if the elements aren't integers or one is too large.
    public func int32() throws -> [Int32] {
        switch type {
        case .int32: try integers(Int32.self, Int32.self)
        default:
            try int64().map { value in
                guard let narrow = Int32(exactly: value) else { throw tooLarge(value, Int32.self) }
                return narrow
            }
        }
    }

    private func integers<Stored: FixedWidthInteger & BitwiseCopyable, Result: FixedWidthInteger>(
        _: Stored.Type, _: Result.Type
    ) throws -> [Result] {
        try data.withUnsafeBytes { bytes in
            try (0..<count).map { index in
                let stored = Stored(
                    littleEndian: bytes.loadUnaligned(
                        fromByteOffset: index * MemoryLayout<Stored>.size, as: Stored.self))
                guard let value = Result(exactly: stored) else { throw tooLarge(stored, Result.self) }
                return value
            }
        }
    }

    private func notIntegers() -> BertError {
        BertError(
            .weightsMismatch,
            "the tensor has elements of type \(type.rawValue); an integer type is needed", file: source, key: name,
            value: .string(type.rawValue))
    }

    private func tooLarge<Result: FixedWidthInteger>(_ value: some FixedWidthInteger, _: Result.Type) -> BertError {
        BertError(
            .weightsMismatch,
            "the tensor has \(value), which is outside \(Result.min)...\(Result.max)", file: source, key: name,
            value: .string("\(value)"))
    }
}
