public import BertCore

/// A safetensors file: named tensors in contiguous memory. The input is untrusted.
///
/// The file consists of the length of the header in 8 bytes, the header in JSON with the type, shape and byte range of
/// each tensor, and the data. See <https://github.com/huggingface/safetensors#format>.
public struct SafetensorsFile: Sendable {
    /// The path of the file, for messages.
    public let source: String
    /// The contents of `__metadata__`.
    public let metadata: [String: String]
    /// The tensors in the order of their data.
    public let tensors: [StoredTensor]
    private let positions: [String: Int]

    /// Maps a file and validates its header.
    ///
    /// - Throws: ``BertError`` `.fileNotReadable` or `.malformedFile`.
    public init(path: String) throws {
        try self.init(MappedFile.map(path), source: path)
    }

    /// Validates the header of a file in memory.
    ///
    /// - Parameters:
    ///   - bytes: The whole file, which the tensors share.
    ///   - source: The name of the file in messages.
    /// - Throws: ``BertError`` `.malformedFile` with the file and, if applicable, the tensor.
    public init(_ bytes: HostBuffer, source: String) throws {
        let header = try SafetensorsHeader(bytes, source: source)
        self.source = source
        metadata = header.metadata
        tensors = header.entries.map { entry in
            StoredTensor(
                name: entry.name, type: entry.type, shape: entry.shape, data: bytes[entry.range], source: source)
        }
        var positions: [String: Int] = [:]
        for (position, tensor) in tensors.enumerated() {
            guard positions.updateValue(position, forKey: tensor.name) == nil else {
                // Names that differ in bytes but are canonically equivalent are legal, but always a mistake.
                throw BertError(
                    .malformedFile, "two tensors have canonically equivalent names", file: source, key: tensor.name)
            }
        }
        self.positions = positions
    }

    /// Returns a tensor, or nil if it doesn't exist.
    public subscript(name: String) -> StoredTensor? { positions[name].map { tensors[$0] } }

    /// Returns a tensor.
    ///
    /// - Throws: ``BertError`` `.weightsMismatch` if it doesn't exist.
    public func tensor(_ name: String) throws -> StoredTensor {
        guard let tensor = self[name] else {
            throw BertError(.weightsMismatch, "there is no such tensor", file: source, key: name)
        }
        return tensor
    }
}
