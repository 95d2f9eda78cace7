public import BertCore

/// A safetensors file: named tensors in one piece of memory, with nothing believed that was not checked.
///
/// The format: 8 bytes with the length of the header, the header in JSON (for each tensor its type, shape and byte
/// range), the data. See <https://github.com/huggingface/safetensors#format>.
public struct SafetensorsFile: Sendable {
    /// The file's path, for messages.
    public let source: String
    /// What the writer noted under `__metadata__`.
    public let metadata: [String: String]
    /// The tensors in the order of their data.
    public let tensors: [StoredTensor]
    private let positions: [String: Int]

    /// Maps a file and checks its header.
    ///
    /// - Throws: ``BertError`` `.fileNotReadable` or `.malformedFile`.
    public init(path: String) throws {
        try self.init(MappedFile.map(path), source: path)
    }

    /// Checks the header of a file in memory.
    ///
    /// - Parameters:
    ///   - bytes: the whole file; the tensors share it.
    ///   - source: what messages call it.
    /// - Throws: ``BertError`` `.malformedFile`, naming the file and, where it is about one, the tensor.
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
                // Names that differ in bytes and not in Unicode: legal, and never meant.
                throw BertError(.malformedFile, "\(source): two tensors have names that look the same: \(tensor.name)")
            }
        }
        self.positions = positions
    }

    /// The tensor of that name, or nil.
    public subscript(name: String) -> StoredTensor? { positions[name].map { tensors[$0] } }

    /// The tensor of that name.
    ///
    /// - Throws: ``BertError`` `.weightsMismatch` if there is none.
    public func tensor(_ name: String) throws -> StoredTensor {
        guard let tensor = self[name] else {
            throw BertError(.weightsMismatch, "\(source) has no tensor \(name)")
        }
        return tensor
    }
}
