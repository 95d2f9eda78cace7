public import BertCheckpoints
import BertCore
import BertJSON
import BertModels

/// How token vectors become one vector, as a sentence-transformers folder says.
public struct EmbeddingSettings: Sendable, Hashable {
    /// How token vectors become one; the results of several modes stand beside each other.
    public let pooling: [PoolingMode]
    /// Whether the tokens of a prompt count.
    public let includesPrompt: Bool
    /// Whether vectors come out with length 1.
    ///
    /// They are cut after the folder's own normalisation, which is not done again, as in sentence-transformers; one that
    /// a caller asks for is done last.
    public let normalizes: Bool
    /// How many components are kept, from the first on; all if nil.
    public let dimensions: Int?
    /// How the model's vectors are compared; by their cosine if the folder doesn't say.
    public let similarity: Similarity
    /// What is put before texts.
    public let prompts: FolderPrompts
    /// The most tokens of a text, if the folder says.
    public let maximumLength: Int?
    /// Whether texts become lower case before they are tokenized, whatever the tokenizer does.
    public let lowercases: Bool
    /// Where pooling and normalisation were read, for people: `1_Pooling/config.json`, `--pooling`.
    public let source: String
    /// The modules after the pooling, before anything is cut.
    let steps: [SentenceModules.Step]
    /// Whether vectors are scaled to length 1 when all else is done.
    let normalizesLast: Bool

    /// Reads `modules.json`, what it names, `sentence_bert_config.json` (under any of its names) and `config_sentence_transformers.json`.
    ///
    /// - Parameters:
    ///   - files: the model's folder.
    ///   - pooling: overrides what the folder says; needed if it says nothing.
    ///   - normalizes: overrides what the folder says; true scales after cutting.
    ///   - dimensions: how many components to keep; overrides the folder's `truncate_dim`.
    /// - Throws: ``BertError`` with code `invalidConfiguration` if the folder doesn't say how to pool and nobody else
    ///   does, or says something that isn't known.
    public init(
        _ files: ModelFiles, pooling: PoolingMode? = nil, normalizes: Bool? = nil, dimensions: Int? = nil
    ) throws {
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
                \(modules == nil ? "\(files.location) has no modules.json" : "\(files.location)/modules.json names no Pooling module") \
                that says how token vectors become one; say which: \
                pooling \(PoolingMode.allCases.map(\.rawValue).joined(separator: ", "))
                """)
        }
        self.pooling = modes
        includesPrompt = modules?.pooling?.includesPrompt ?? true
        let steps = modules?.steps ?? []
        self.steps = normalizes == false ? steps.filter { $0 != .normalize } : steps
        normalizesLast = normalizes == true
        self.normalizes = normalizesLast || self.steps.last == .normalize && self.dimensions == nil
        source =
            modules == nil
            ? "as asked for"
            : pooling == nil && normalizes == nil ? "modules.json" : "modules.json, and as asked for"
    }
}

extension ModelFiles {
    /// A JSON file of the model.
    func json(_ name: String) throws -> JSONNode {
        try JSONNode(parsing: read(name), source: path(of: name), options: .python)
    }
}
