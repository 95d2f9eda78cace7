public import BertCore

/// The weights of a model: a safetensors file or PyTorch's, or several with an index, under the names that today's classes use.
///
/// Files written before 2019's renaming have `LayerNorm.gamma` and `LayerNorm.beta`; here they are `LayerNorm.weight`
/// and `LayerNorm.bias`, as in every version of `transformers`.
public struct Checkpoint: Sendable {
    /// The file of weights, or the index: for messages.
    public let source: String
    /// The names of all tensors, sorted.
    public let names: [String]
    /// What the (first) file's writer noted, for example `format`.
    public let metadata: [String: String]
    private let tensors: [String: StoredTensor]

    /// Opens a model's weights; nothing but the headers is read.
    ///
    /// - Throws: ``BertError`` `.fileNotReadable` if there are none, a part is missing or leads out of the folder;
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
        throw Self.noWeights(files)
    }

    private init(source: String, metadata: [String: String], tensors: [StoredTensor]) throws {
        self.source = source
        self.metadata = metadata
        var byName: [String: StoredTensor] = [:]
        for tensor in tensors {
            guard byName.updateValue(tensor, forKey: Self.currentName(tensor.name)) == nil else {
                throw BertError(
                    .malformedFile,
                    "\(source) has the tensor \(Self.currentName(tensor.name)) twice: under this name and under its old one"
                )
            }
        }
        self.tensors = byName
        names = byName.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The name that a tensor has today.
    static func currentName(_ name: String) -> String {
        for (old, new) in [("LayerNorm.gamma", "LayerNorm.weight"), ("LayerNorm.beta", "LayerNorm.bias")]
        where name.hasSuffix(old) {
            return name.dropLast(old.utf8.count) + new
        }
        return name
    }

    private static func noWeights(_ files: ModelFiles) -> BertError {
        let names = files.names
        var hint = files.inventory()
        let others = [".pt", ".pth", ".h5", ".msgpack", ".ckpt", ".onnx"]
        if let other = names.first(where: { name in others.contains { name.hasSuffix($0) } }) {
            hint =
                "its \(other) can't be read here; convert it in Python: "
                + "AutoModel.from_pretrained(folder).save_pretrained(folder)"
        }
        let wanted = WeightsFile.Format.allCases.map { "\($0.singleFile) (or \($0.indexFile))" }
        return BertError(
            .fileNotReadable,
            "the model \(files.location) has no weights: neither \(wanted.joined(separator: " nor ")); \(hint)")
    }
}

extension Checkpoint {
    /// Whether there is a tensor of that name.
    public func contains(_ name: String) -> Bool { tensors[name] != nil }

    /// The tensor of that name, or nil; its own `name` is the one in the file.
    public subscript(name: String) -> StoredTensor? { tensors[name] }

    /// The dimensions of a tensor, or nil if there is none of that name.
    public func shape(of name: String) -> [Int]? { tensors[name]?.shape }

    /// The first of several names for one thing that is there, or nil.
    public func first(of alternatives: [String]) -> String? { alternatives.first(where: contains) }

    /// The tensor of that name, checked against the shape that the model needs.
    ///
    /// - Throws: ``BertError`` `.weightsMismatch` if there is none, or it has another shape.
    public func tensor(_ name: String, shape: [Int]? = nil) throws -> StoredTensor {
        guard let tensor = tensors[name] else {
            throw BertError(.weightsMismatch, "\(source) has no tensor \(name)")
        }
        if let shape, shape != tensor.shape {
            throw BertError(
                .weightsMismatch,
                "\(tensor.source): the tensor \(tensor.name) has the shape \(tensor.shape), and the model needs "
                    + "\(shape); config.json and the weights do not belong together")
        }
        return tensor
    }

    /// A tensor's elements in single precision: where they lie if they can be used as they are, otherwise converted.
    ///
    /// - Throws: ``BertError`` `.weightsMismatch` if there is no such tensor, or it has another shape or holds no
    ///   floating-point numbers.
    public func float32(_ name: String, shape: [Int]? = nil) throws -> HostBuffer {
        try tensor(name, shape: shape).float32()
    }

    /// A tensor's elements as 64-bit integers.
    ///
    /// - Throws: ``BertError`` `.weightsMismatch` if there is no such tensor, or it holds no integers.
    public func int64(_ name: String) throws -> [Int64] { try tensor(name).int64() }

    /// A tensor's elements as 32-bit integers.
    ///
    /// - Throws: ``BertError`` `.weightsMismatch` if there is no such tensor, or it holds no integers of that size.
    public func int32(_ name: String) throws -> [Int32] { try tensor(name).int32() }
}
