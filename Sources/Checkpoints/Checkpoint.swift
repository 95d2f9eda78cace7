public import BertCore

/// The weights of a model in one or more safetensors or PyTorch files.
///
/// In files from before 2019, `LayerNorm.weight` and `LayerNorm.bias` are called `LayerNorm.gamma` and
/// `LayerNorm.beta`. These are renamed.
public struct Checkpoint: Sendable {
    /// The path of the weights file or of the index.
    public let source: String
    /// The names of all tensors, sorted.
    public let names: [String]
    /// The metadata of the first file, such as `format`.
    public let metadata: [String: String]
    /// The weights files, or nil if they are in memory.
    package let location: Location?

    /// Weights files in a folder.
    package struct Location: Sendable {
        /// The files of the model.
        package let files: ModelFiles
        /// The names of the weights files in ``files``.
        package let names: [String]

        fileprivate init(_ files: ModelFiles, _ names: [String]) {
            self.files = files
            self.names = names
        }
    }

    private let tensors: [String: StoredTensor]
    /// The errors for members of the files that can't be read as tensors, by name.
    private let unusable: [String: BertError]

    /// Opens the weights of a model. Only headers are read.
    ///
    /// - Throws: ``BertError`` `.fileNotReadable` if there are no weights, or a shard is missing or outside of the
    ///   folder; `.malformedFile` if a file is damaged or the index contradicts the files.
    public init(_ files: ModelFiles) throws {
        for format in WeightsFile.Format.allCases {
            if files.contains(format.singleFile) {
                let file = try WeightsFile(files, format.singleFile, format)
                try self.init(
                    source: file.source, metadata: file.metadata,
                    location: files.isOnDisk(format.singleFile) ? Location(files, [format.singleFile]) : nil,
                    tensors: file.tensors, unusable: file.unusable)
                return
            }
            if files.contains(format.indexFile) {
                let index = try CheckpointIndex(files, format)
                let shards = try index.openShards(files)
                try self.init(
                    source: index.source, metadata: shards.first?.metadata ?? [:],
                    location: files.isOnDisk(format.indexFile) ? Location(files, index.shardNames) : nil,
                    tensors: index.tensors(in: shards),
                    unusable: shards.reduce(into: [:]) { $0.merge($1.unusable) { first, _ in first } })
                return
            }
        }
        throw MissingWeights.error(files)
    }

    private init(
        source: String, metadata: [String: String], location: Location?, tensors: [StoredTensor],
        unusable: [String: BertError]
    ) throws {
        var byName: [String: StoredTensor] = [:]
        for tensor in tensors {
            guard byName.updateValue(tensor, forKey: Self.currentName(tensor.name)) == nil else {
                throw BertError(
                    .malformedFile, "the tensor appears twice, with this name and with its old name", file: source,
                    key: Self.currentName(tensor.name))
            }
        }
        self.init(source: source, metadata: metadata, location: location, byName: byName, unusable: unusable)
    }

    private init(
        source: String, metadata: [String: String], location: Location?, byName: [String: StoredTensor],
        unusable: [String: BertError]
    ) {
        self.source = source
        self.metadata = metadata
        self.location = location
        self.tensors = byName
        self.unusable = unusable
        names = byName.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Returns the checkpoint with a prefix removed from tensor names. Names without the prefix are unchanged.
    package func removingPrefix(_ prefix: String) -> Checkpoint {
        var byName: [String: StoredTensor] = [:]
        for (name, tensor) in tensors where !name.hasPrefix(prefix) { byName[name] = tensor }
        for (name, tensor) in tensors where name.hasPrefix(prefix) {
            byName[String(name.dropFirst(prefix.count))] = tensor
        }
        return Checkpoint(
            source: source, metadata: metadata, location: location, byName: byName,
            unusable: Dictionary(
                unusable.map { ($0.key.hasPrefix(prefix) ? String($0.key.dropFirst(prefix.count)) : $0.key, $0.value) }
            ) { first, _ in first })
    }

    /// Returns the current name of a tensor.
    static func currentName(_ name: String) -> String {
        for (old, new) in [("LayerNorm.gamma", "LayerNorm.weight"), ("LayerNorm.beta", "LayerNorm.bias")]
        where name.hasSuffix(old) {
            return name.dropLast(old.utf8.count) + new
        }
        return name
    }
}

extension Checkpoint {
    /// Returns whether a tensor exists.
    public func contains(_ name: String) -> Bool { tensors[name] != nil }

    /// Returns a tensor, or nil if it doesn't exist. Its `name` is the one in the file.
    public subscript(name: String) -> StoredTensor? { tensors[name] }

    /// Returns the shape of a tensor, or nil if it doesn't exist.
    public func shape(of name: String) -> [Int]? { tensors[name]?.shape }

    /// Returns the first of several names for which a tensor exists, or nil.
    public func first(of alternatives: [String]) -> String? { alternatives.first(where: contains) }

    /// Throws the error for a member of the files that has this name, but can't be read as a tensor.
    package func checkUsable(_ name: String) throws { if let error = unusable[name] { throw error } }

    /// Returns a tensor after checking its shape.
    ///
    /// - Throws: ``BertError`` `.weightsMismatch` if it is missing or has a different shape.
    public func tensor(_ name: String, shape: [Int]? = nil) throws -> StoredTensor {
        guard let tensor = tensors[name] else {
            try checkUsable(name)
            throw BertError(.weightsMismatch, "the tensor is missing", file: source, key: name)
        }
        if let shape, shape != tensor.shape {
            throw BertError(
                .weightsMismatch,
                "the tensor has the shape \(tensor.shape), but the model requires \(shape); config.json and the weights "
                    + "don't match", file: tensor.source, key: tensor.name)
        }
        return tensor
    }

    /// Returns the elements of a tensor as float32, without copying if they are stored in that form.
    ///
    /// - Throws: ``BertError`` `.weightsMismatch` if the tensor is missing, has a different shape or isn't
    ///   floating-point.
    public func float32(_ name: String, shape: [Int]? = nil) throws -> HostBuffer {
        try tensor(name, shape: shape).float32()
    }

    /// Returns the elements of a tensor as 64-bit integers.
    ///
    /// - Throws: ``BertError`` `.weightsMismatch` if the tensor is missing or isn't of an integer type.
    public func int64(_ name: String) throws -> [Int64] { try tensor(name).int64() }

    /// Returns the elements of a tensor as 32-bit integers.
    ///
    /// - Throws: ``BertError`` `.weightsMismatch` if the tensor is missing, isn't of an integer type or has elements
    ///   that don't fit 32 bits.
    public func int32(_ name: String) throws -> [Int32] { try tensor(name).int32() }
}
