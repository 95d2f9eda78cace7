public import BertCheckpoints
import BertCore
import BertJSON
import BertModels

/// The pooling and normalization settings of a sentence-transformers folder.
public struct EmbeddingSettings: Sendable, Hashable {
    /// The pooling modes. The results of several modes are concatenated.
    public let pooling: [PoolingMode]
    /// Whether the tokens of a prompt are included in the pooling.
    public let includesPrompt: Bool
    /// Whether vectors are normalized to length 1.
    ///
    /// As in sentence-transformers, vectors are truncated after the folder's own normalization, which isn't repeated. A
    /// normalization requested by the caller comes last.
    public let normalizes: Bool
    /// The number of leading components to keep; nil for all.
    public let dimensions: Int?
    /// The similarity function of the model; cosine if the folder doesn't specify one.
    public let similarity: Similarity
    /// The prompts of the folder.
    public let prompts: FolderPrompts
    /// The maximum number of tokens in a text, if the folder specifies it.
    public let maximumLength: Int?
    /// Whether texts are converted to lower case before tokenization, regardless of the tokenizer.
    public let lowercases: Bool
    /// The source of the pooling and normalization settings, for display: `1_Pooling/config.json`, `--pooling`.
    public let source: String
    /// The modules after the pooling, applied before truncation.
    let steps: [SentenceModules.Step]
    /// Whether vectors are normalized after all other steps.
    let normalizesLast: Bool

    /// Reads `modules.json` and the files that it refers to, `sentence_bert_config.json` (under any of its names) and
    /// `config_sentence_transformers.json`.
    ///
    /// - Parameters:
    ///   - files: The files of the model.
    ///   - pooling: Overrides the pooling of the folder; required if the folder doesn't specify it.
    ///   - normalizes: Overrides the normalization of the folder; true normalizes after truncation.
    ///   - dimensions: The number of components to keep; overrides `truncate_dim` of the folder.
    /// - Throws: ``BertError`` with code `invalidConfiguration` if the folder is for sparse or token vectors, the
    ///   pooling isn't specified, or a setting isn't supported.
    public init(
        _ files: ModelFiles, pooling: PoolingMode? = nil, normalizes: Bool? = nil, dimensions: Int? = nil
    ) throws {
        if pooling == nil, let kind = VectorKind(configuredBy: files), kind != .dense {
            let (vectors, reader) =
                kind == .sparse ? ("sparse vectors", "SparseEmbedder") : ("a vector for each token", "TokenEmbedder")
            throw BertError(
                .invalidConfiguration,
                "the model makes \(vectors), not one dense vector per text; use \(reader) (--vectors \(kind.rawValue))",
                file: files.location, key: "vectors", value: "dense", choices: [kind.rawValue])
        }
        let name = "config_sentence_transformers.json"
        let config = files.contains(name) ? try files.json(name) : nil
        prompts = try FolderPrompts(config)
        self.dimensions =
            try dimensions ?? config?.member("truncate_dim").flatMap { $0.isNull ? nil : try $0.int(in: 1...1 << 24) }
        similarity = try Similarity(config?.member("similarity_fn_name")) ?? .cosine
        let transformer = try TransformerSettings(files.transformerFiles())
        maximumLength = transformer.maximumLength
        lowercases = transformer.lowercases
        let modules = files.contains("modules.json") ? try SentenceModules(files) : nil
        guard let modes = pooling.map({ [$0] }) ?? modules?.pooling?.modes else {
            throw BertError(
                .invalidConfiguration,
                """
                there is no \(modules == nil ? "modules.json" : "Pooling module in modules.json") that determines the pooling; specify it \
                (--pooling, or pooling: in code): \(PoolingMode.allCases.map(\.rawValue).joined(separator: ", "))
                """, file: files.location, key: "pooling", choices: PoolingMode.allCases.map(\.rawValue))
        }
        self.pooling = modes
        includesPrompt = modules?.pooling?.includesPrompt ?? true
        let steps = modules?.steps ?? []
        self.steps = normalizes == false ? steps.filter { $0 != .normalize } : steps
        let isNormalized = self.steps.last == .normalize && self.dimensions == nil
        // Normalizing twice would change the last bits.
        normalizesLast = normalizes == true && !isNormalized
        self.normalizes = normalizesLast || isNormalized
        source =
            modules == nil
            ? "as requested"
            : pooling == nil && normalizes == nil ? "modules.json" : "modules.json, and as requested"
    }
}

extension ModelFiles {
    /// Reads a JSON file of the model.
    func json(_ name: String) throws -> JSONNode {
        try JSONNode(parsing: read(name), source: path(of: name), options: .python)
    }
}
