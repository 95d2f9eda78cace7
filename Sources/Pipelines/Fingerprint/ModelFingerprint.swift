public import BertCheckpoints
public import BertCore
public import BertJSON
import BertModels

/// Everything that the results of a model depend on, and one name for it.
///
/// Programs with the same fingerprint give a text the same bytes: in any language, on any machine, in any batch. Paths, dates,
/// threads, batch sizes and the processor's instruction set don't count, as long as the backend promises the same bits
/// (``BackendInfo/isBatchInvariant``).
///
/// ```swift
/// let fingerprint = try SentenceEmbedder(folder: "all-MiniLM-L6-v2", backend: "simd").fingerprint()
/// print(fingerprint.digest)   // what `bert inspect --fingerprint --backend simd all-MiniLM-L6-v2` prints
/// ```
public struct ModelFingerprint: Sendable, Equatable {
    /// What counts: `numerics`, `precision`, `class`, `files` (the SHA-256 of each that is read), `auto_truncate`; for
    /// vectors also `pooling`, `normalize`, `dimensions` and `prompt`.
    public let facts: JSONObject
    /// The SHA-256 of the facts, as 64 hexadecimal digits in lower case.
    public let digest: String

    /// The fingerprint of a folder's model on a backend, without loading its weights.
    ///
    /// - Parameters:
    ///   - files: the model's folder.
    ///   - backend: what would compute.
    ///   - className: which class of the catalogue; nil leaves it to the folder.
    ///   - pooling: overrides what the folder says.
    ///   - normalizes: overrides what the folder says.
    ///   - dimensions: how many components are kept; overrides the folder's `truncate_dim`.
    ///   - prompt: what is put before each text; the folder's default prompt if nil.
    ///   - truncates: whether texts that are too long are cut.
    /// - Throws: ``BertError`` with file and key.
    public init(
        _ files: ModelFiles, on backend: BackendInfo, as className: String? = nil, pooling: PoolingMode? = nil,
        normalizes: Bool? = nil, dimensions: Int? = nil, prompt: Prompt? = nil, truncates: Bool = false
    ) throws {
        let network = try files.transformerFiles()
        let config = try BertConfig(network)
        guard pooling != nil || files.contains("modules.json") else {
            let name = try className ?? ModelCatalogue.shared.className(for: config)
            try self.init(files, on: backend, class: name, truncates: truncates)
            return
        }
        let settings = try EmbeddingSettings(files, pooling: pooling, normalizes: normalizes, dimensions: dimensions)
        try self.init(
            files, on: backend, class: ModelTask.encoder.className(network, as: className), truncates: truncates,
            vectors: (settings, settings.dimension(hiddenSize: config.hiddenSize), prompt))
    }

    /// - Parameters:
    ///   - name: the model's class.
    ///   - vectors: how vectors are made, how many components they have and what is put before texts; nil for other results.
    package init(
        _ files: ModelFiles, on backend: BackendInfo, class name: String, truncates: Bool,
        vectors: (settings: EmbeddingSettings, dimension: Int, prompt: Prompt?)? = nil
    ) throws {
        var facts: JSONObject = [
            "numerics": .string(backend.numerics), "precision": .string(backend.precision.rawValue),
            "class": .string(name),
            "files": .object(JSONObject(try files.digests(isWhole: true).map { ($0.name, .string($0.sha256)) })),
            "auto_truncate": .bool(truncates),
        ]
        if let (settings, dimension, prompt) = vectors {
            facts["pooling"] = .array(settings.pooling.map { .string($0.rawValue) })
            facts["normalize"] = .bool(settings.normalizes)
            facts["dimensions"] = .int(dimension)
            facts["prompt"] = .string(try settings.prompts.text(of: prompt))
        }
        self.init(facts)
    }

    private init(_ facts: JSONObject) {
        self.facts = facts
        digest = SHA256.hexadecimal(of: JSONValue.object(facts).serialized())
    }

    /// The fingerprint with another value of a fact.
    package func changed(_ key: String, to value: JSONValue) -> ModelFingerprint {
        var facts = facts
        facts[key] = value
        return ModelFingerprint(facts)
    }
}

extension SentenceEmbedder {
    /// What its vectors depend on. Reads the model's files whole.
    ///
    /// - Parameters:
    ///   - prompt: what is put before each text; the folder's default prompt if nil.
    ///   - truncates: whether texts that are too long are cut.
    /// - Throws: ``BertError`` with file and key.
    public func fingerprint(prompt: Prompt? = nil, truncates: Bool = false) throws -> ModelFingerprint {
        try ModelFingerprint(
            files, on: backend, class: modelName, truncates: truncates, vectors: (settings, dimension, prompt))
    }
}
