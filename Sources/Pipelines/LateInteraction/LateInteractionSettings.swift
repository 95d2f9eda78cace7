import BertCheckpoints
import BertCore
import BertJSON

/// How a folder makes a vector for each token: those of Stanford's ColBERT (`artifact.metadata`), of PyLate (`model_type`
/// `ColBERT`) and of sentence-transformers (`MultiVectorEncoder`).
struct LateInteractionSettings: Sendable, Hashable {
    /// What differs between queries and documents.
    struct Side: Sendable, Hashable {
        /// A token behind the first one; nil if there is none.
        var marker: String?
        /// The most tokens, all of them counted; nil for what the model takes.
        var length: Int?
        /// Whether the mask token fills it up to its length, and whether the others see these tokens.
        var expansion: (isOn: Bool, isSeen: Bool, token: String?) = (false, false, nil)
        /// Whether the vectors of words of the skip list are left out.
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

    /// Where the linear layer is.
    enum Projection: Sendable, Hashable {
        /// `linear.weight` among the model's tensors, of so many outputs if that is said.
        case inModel(Int?)
        case modules([SentenceModules.Step])
    }

    var query = Side()
    var document = Side()
    var projection: Projection
    var skipWords: [String] = []
    /// The only ids whose vectors are kept; all if nil.
    var onlyIDs: [Int32]?

    /// The signs of ASCII that are no letters, digits or spaces: Python's `string.punctuation`.
    private static let punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~".map(String.init)

    private static let configName = "config_sentence_transformers.json"

    /// Whether a folder says that it has vectors of tokens.
    static func areSaid(by files: ModelFiles) -> Bool {
        if files.contains("artifact.metadata") { return true }
        guard files.contains(configName), let type = try? files.json(configName)["model_type"]?.string() else {
            return false
        }
        return type == "ColBERT" || type == "MultiVectorEncoder"
    }

    /// - Throws: `JSONError`; ``BertError`` with code `invalidConfiguration` if the folder is none of these.
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
                    the folder has no vectors of tokens: neither artifact.metadata (ColBERT) nor a \
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
        // PyLate scales vectors whatever the modules say.
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
