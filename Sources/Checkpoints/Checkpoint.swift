public import BertCore

/// The weights of a model: one safetensors or PyTorch file, or several with an index.
///
/// Files from before 2019 call `LayerNorm.weight` and `LayerNorm.bias` `LayerNorm.gamma` and `LayerNorm.beta`; here they
/// have the present names.
public struct Checkpoint: Sendable {
    /// The path of the file of weights or of the index.
    public let source: String
    /// The names of all tensors, sorted.
    public let names: [String]
    /// The metadata of the first file, for example `format`.
    public let metadata: [String: String]
    private let tensors: [String: StoredTensor]

    /// Opens a model's weights; only the headers are read.
    ///
    /// - Throws: ``BertError`` `.fileNotReadable` if there are none, or a part is missing or outside the folder;
    ///   `.malformedFile` if a file is damaged or the index contradicts the files.
    public init(_ files: ModelFiles) throws {
        for format in WeightsFile.Format.allCases {
            if files.contains(format.singleFile) {
                let file = try WeightsFile(files, format.singleFile, format)
                try self.init(source: file.source, metadata: file.metadata, tensors: file.tensors)
                return
            }
            if files.contains(format.indexFile) {
                let index = try CheckpointIndex(files, format)
                let shards = try index.openShards(files)
                try self.init(
                    source: index.source, metadata: shards.first?.metadata ?? [:], tensors: index.tensors(in: shards))
                return
            }
        }
        throw MissingWeights.error(files)
    }

    private init(source: String, metadata: [String: String], tensors: [StoredTensor]) throws {
        var byName: [String: StoredTensor] = [:]
        for tensor in tensors {
            guard byName.updateValue(tensor, forKey: Self.currentName(tensor.name)) == nil else {
                throw BertError(
                    .malformedFile, "the tensor appears twice: under this name and under its old one", file: source,
                    key: Self.currentName(tensor.name))
            }
        }
        self.init(source: source, metadata: metadata, byName: byName)
    }

    private init(source: String, metadata: [String: String], byName: [String: StoredTensor]) {
        self.source = source
        self.metadata = metadata
        self.tensors = byName
        names = byName.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The checkpoint without a prefix of its tensors' names; a tensor whose name doesn't begin with it keeps its name.
    package func removingPrefix(_ prefix: String) -> Checkpoint {
        var byName: [String: StoredTensor] = [:]
        for (name, tensor) in tensors where !name.hasPrefix(prefix) { byName[name] = tensor }
        for (name, tensor) in tensors where name.hasPrefix(prefix) {
            byName[String(name.dropFirst(prefix.count))] = tensor
        }
        return Checkpoint(source: source, metadata: metadata, byName: byName)
    }

    /// The present name of a tensor.
    static func currentName(_ name: String) -> String {
        for (old, new) in [("LayerNorm.gamma", "LayerNorm.weight"), ("LayerNorm.beta", "LayerNorm.bias")]
        where name.hasSuffix(old) {
            return name.dropLast(old.utf8.count) + new
        }
        return name
    }
}

extension Checkpoint {
    /// Whether there is a tensor of that name.
    public func contains(_ name: String) -> Bool { tensors[name] != nil }

    /// The tensor of that name, or nil; its `name` is the one in the file.
    public subscript(name: String) -> StoredTensor? { tensors[name] }

    /// The shape of a tensor, or nil if there is none of that name.
    public func shape(of name: String) -> [Int]? { tensors[name]?.shape }

    /// The first of several names that a tensor has, or nil.
    public func first(of alternatives: [String]) -> String? { alternatives.first(where: contains) }

    /// The tensor of that name, checked against the shape that the model needs.
    ///
    /// - Throws: ``BertError`` `.weightsMismatch` if it is missing or has another shape.
    public func tensor(_ name: String, shape: [Int]? = nil) throws -> StoredTensor {
        guard let tensor = tensors[name] else {
            throw BertError(.weightsMismatch, "the tensor is missing", file: source, key: name)
        }
        if let shape, shape != tensor.shape {
            throw BertError(
                .weightsMismatch,
                "the tensor has the shape \(tensor.shape) and the model needs \(shape); config.json and the weights "
                    + "don't belong together", file: tensor.source, key: tensor.name)
        }
        return tensor
    }

    /// A tensor's elements in single precision: in place if they are stored so, otherwise converted.
    ///
    /// - Throws: ``BertError`` `.weightsMismatch` if the tensor is missing, has another shape or isn't floating point.
    public func float32(_ name: String, shape: [Int]? = nil) throws -> HostBuffer {
        try tensor(name, shape: shape).float32()
    }

    /// A tensor's elements as 64-bit integers.
    ///
    /// - Throws: ``BertError`` `.weightsMismatch` if the tensor is missing or its elements are not integers.
    public func int64(_ name: String) throws -> [Int64] { try tensor(name).int64() }

    /// A tensor's elements as 32-bit integers.
    ///
    /// - Throws: ``BertError`` `.weightsMismatch` if the tensor is missing or an element is not an integer of that size.
    public func int32(_ name: String) throws -> [Int32] { try tensor(name).int32() }
}
