import BertCheckpoints
import BertCore
import BertJSON

/// The late-interaction settings of a folder in the format of Stanford's ColBERT (`artifact.metadata`), PyLate
/// (`model_type` `ColBERT`) or sentence-transformers (`MultiVectorEncoder`).
struct LateInteractionSettings: Sendable, Hashable {
    /// The settings that differ between queries and documents.
    struct Side: Sendable, Hashable {
        /// The marker token after the first token; nil for none.
        var marker: String?
        /// The maximum number of tokens, including all special tokens; nil for the limit of the model.
        var length: Int?
        /// Whether texts are padded with mask tokens to the maximum length, whether other tokens attend to these, and
        /// the token to use.
        var expansion: (isOn: Bool, isSeen: Bool, token: String?) = (false, false, nil)
        /// Whether the vectors of words in the skip list are removed.
        var skips = false

        static func == (a: Side, b: Side) -> Bool {
            a.marker == b.marker && a.length == b.length && a.expansion == b.expansion && a.skips == b.skips
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(marker)
            hasher.combine(length)
            hasher.combine(skips)
        }
    }

    /// The location of the linear layer.
    enum Projection: Sendable, Hashable {
        /// `linear.weight` in the model's tensors, with the number of outputs if specified.
        case inModel(Int?)
        case modules([SentenceModules.Step])
    }

    var query = Side()
    var document = Side()
    var projection: Projection
    var skipWords: [String] = []
    /// The ids whose vectors are kept; nil for all.
    var onlyIDs: [Int32]?

    /// ASCII punctuation, as in `string.punctuation` of Python.
    private static let punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~".map(String.init)

    private static let configName = "config_sentence_transformers.json"

    /// Returns whether a folder is configured for late interaction.
    static func areConfigured(by files: ModelFiles) -> Bool {
        if files.contains("artifact.metadata") { return true }
        guard files.contains(configName), let type = try? files.json(configName)["model_type"]?.string() else {
            return false
        }
        return type == "ColBERT" || type == "MultiVectorEncoder"
    }

    /// Reads the settings of a folder.
    ///
    /// - Throws: `JSONError`; ``BertError`` with code `invalidConfiguration` if the folder has none of the supported
    ///   formats.
    init(_ files: ModelFiles) throws {
        let config = files.contains(Self.configName) ? try files.json(Self.configName) : nil
        switch try config?["model_type"]?.string() {
        case "ColBERT": try self.init(pyLate: files, config)
        case "MultiVectorEncoder": try self.init(sentenceTransformers: files)
        default:
            guard files.contains("artifact.metadata") else {
                throw BertError(
                    .invalidConfiguration,
                    """
                    the folder has no late interaction model: neither artifact.metadata (ColBERT) nor a \
                    \(Self.configName) whose model_type is ColBERT (PyLate) or MultiVectorEncoder
                    """, file: files.location)
            }
            try self.init(stanford: files)
        }
    }

    private init(stanford files: ModelFiles) throws {
        let metadata = try files.json("artifact.metadata")
        projection = .inModel(try metadata["dim"]?.int(in: 1...1 << 24))
        query.marker = try metadata["query_token_id"]?.string() ?? "[unused0]"
        document.marker = try metadata["doc_token_id"]?.string() ?? "[unused1]"
        query.length = try metadata["query_maxlen"]?.int(in: 3...1 << 24) ?? 32
        document.length = try metadata["doc_maxlen"]?.int(in: 3...1 << 24) ?? 220
        query.expansion = (true, try metadata["attend_to_mask_tokens"]?.bool() ?? false, nil)
        document.skips = try metadata["mask_punctuation"]?.bool() ?? true
        skipWords = Self.punctuation
    }

    private init(pyLate files: ModelFiles, _ config: JSONNode?) throws {
        var steps = try Self.steps(files)
        // PyLate normalizes vectors regardless of the modules.
        steps.removeAll { $0 == .normalize }
        projection = .modules(steps + [.normalize])
        query.marker = try config?["query_prefix"]?.string() ?? "[Q] "
        document.marker = try config?["document_prefix"]?.string() ?? "[D] "
        query.length = try config?["query_length"]?.int(in: 3...1 << 24) ?? 32
        document.length = try config?["document_length"]?.int(in: 3...1 << 24) ?? 180
        query.expansion = (
            try config?["do_query_expansion"]?.bool() ?? true,
            try config?["attend_to_expansion_tokens"]?.bool() ?? false, nil
        )
        document.skips = true
        skipWords =
            try config?["skiplist_words"]?.elements().map { (word) throws(JSONError) in try word.string() }
            ?? Self.punctuation
    }

    private init(sentenceTransformers files: ModelFiles) throws {
        projection = .modules(try Self.steps(files))
        let transformer = try files.transformerFiles()
        let config =
            transformer.contains("sentence_bert_config.json") ? try transformer.json("sentence_bert_config.json") : nil
        query.length = try config?["query_length"]?.int(in: 3...1 << 24)
        document.length = try config?["document_length"]?.int(in: 3...1 << 24)
        if let expansion = config?["query_expansion"] {
            let strategy = try expansion["strategy"]?.string() ?? "fixed"
            guard strategy == "fixed" else {
                throw expansion.mismatch("the strategy \"fixed\"")
            }
            query.expansion = (
                true, try expansion["attend"]?.bool() ?? false, try expansion["token"]?.string()
            )
            query.length = try expansion["length"]?.int(in: 3...1 << 24) ?? query.length
            guard query.length != nil else {
                throw expansion.mismatch("a length, here or as query_length")
            }
        }
        for module in try SentenceModules.modules(files) where module.kind == "MultiVectorMask" {
            let mask = try files.json("\(module.path)/config.json")
            skipWords =
                try mask["skiplist_words"]?.elements().map { (word) throws(JSONError) in try word.string() } ?? []
            let tasks =
                try mask["skiplist_tasks"]?.elements().map { (task) throws(JSONError) in try task.string() }
                ?? ["document"]
            (query.skips, document.skips) = (tasks.contains("query"), tasks.contains("document"))
            onlyIDs = try mask["keep_only_token_ids"]?.elements().map { (id) throws(JSONError) in
                Int32(try id.int(in: 0...Int(Int32.max)))
            }
        }
    }

    private static func steps(_ files: ModelFiles) throws -> [SentenceModules.Step] {
        try SentenceModules(files, ofTokens: true).steps
    }
}
