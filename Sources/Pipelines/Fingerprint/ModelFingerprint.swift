public import BertCheckpoints
public import BertCore
public import BertJSON
import BertModels

/// An identifier of everything that determines the results of a model.
///
/// With the same fingerprint, a text gives the same bytes: in any language, on any machine and in any batch. Paths,
/// dates, threads, batch sizes and the processor's instruction set don't affect it if the backend guarantees identical
/// bits (``BackendInfo/isBatchInvariant``).
///
/// ```swift
/// let fingerprint = try SentenceEmbedder(folder: "all-MiniLM-L6-v2", backend: "simd").fingerprint()
/// print(fingerprint.digest)   // what `bert inspect --fingerprint --backend simd all-MiniLM-L6-v2` prints
/// ```
public struct ModelFingerprint: Sendable, Equatable {
    /// The facts that determine the results: `numerics`, `precision`, `class`, `files` (the SHA-256 of each loaded
    /// file) and `auto_truncate`; for vectors also `pooling`, `normalize`, `dimensions` and `prompt`.
    public let facts: JSONObject
    /// The SHA-256 of the facts, as 64 lower-case hexadecimal digits.
    public let digest: String

    /// Creates the fingerprint of a model on a backend, without loading its weights.
    ///
    /// - Parameters:
    ///   - files: The files of the model.
    ///   - backend: The backend.
    ///   - className: The name of a class in the catalog; nil to use the one in the folder.
    ///   - pooling: Overrides the pooling of the folder.
    ///   - normalizes: Overrides the normalization of the folder.
    ///   - dimensions: The number of components to keep; overrides `truncate_dim` of the folder.
    ///   - prompt: The prompt to prepend to each text; nil for the folder's default prompt.
    ///   - truncates: Whether texts that are too long are truncated.
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

    /// Creates a fingerprint from its components.
    ///
    /// - Parameters:
    ///   - name: The name of the model class.
    ///   - vectors: The settings, dimension and prompt of vectors; nil for other results.
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

    /// Returns a fingerprint with a different value for a fact.
    package func changed(_ key: String, to value: JSONValue) -> ModelFingerprint {
        var facts = facts
        facts[key] = value
        return ModelFingerprint(facts)
    }
}

extension SentenceEmbedder {
    /// Returns the fingerprint of the vectors. Reads all files of the model.
    ///
    /// - Parameters:
    ///   - prompt: The prompt to prepend to each text; nil for the folder's default prompt.
    ///   - truncates: Whether texts that are too long are truncated.
    /// - Throws: ``BertError`` with file and key.
    public func fingerprint(prompt: Prompt? = nil, truncates: Bool = false) throws -> ModelFingerprint {
        try ModelFingerprint(
            files, on: backend, class: modelName, truncates: truncates, vectors: (settings, dimension, prompt))
    }
}
