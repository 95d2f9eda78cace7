import BertCheckpoints
import BertCore
import BertJSON

/// The settings for sparse vectors: SPLADE with a masked language model, and static token weights for queries in
/// inference-free folders.
struct SparseSettings: Sendable, Hashable {
    /// The pooling of token scores.
    enum Strategy: String, CaseIterable {
        case max
        case sum
    }

    /// The saturation function of logits.
    enum Saturation: String, CaseIterable {
        /// log(1 + relu(x)).
        case relu
        /// log(1 + log(1 + relu(x))).
        case twice = "log1p_relu"
    }

    /// The folder of the masked language model; empty for the model's own folder.
    var path = ""
    var strategy = Strategy.max
    var saturation = Saturation.relu
    /// The folder of the static token weights for queries; nil if queries use the model.
    var staticQueries: String?
    /// Whether texts without a role are queries: `default_route`.
    var queriesAreDefault = false

    private static let configName = "config_sentence_transformers.json"

    /// Returns whether a folder is configured for sparse vectors.
    static func areConfigured(by files: ModelFiles) -> Bool {
        if files.contains(configName), (try? files.json(configName)["model_type"]?.string()) == "SparseEncoder" {
            return true
        }
        // Older folders have no model_type.
        guard files.contains("modules.json"), let modules = try? SentenceModules.modules(files) else { return false }
        return modules.contains { ["SpladePooling", "MLMTransformer", "SparseStaticEmbedding"].contains($0.kind) }
    }

    /// Reads `modules.json` and the files that it refers to. A folder without it is a masked language model with max
    /// pooling and relu.
    ///
    /// - Throws: `JSONError`; ``BertError`` with code `invalidConfiguration` for unsupported modules.
    init(_ files: ModelFiles) throws {
        guard files.contains("modules.json") else { return }
        let modules = try SentenceModules.modules(files)
        guard modules.count == 1, modules[0].kind == "Router" || modules[0].kind == "Asym" else {
            try readDocument(modules.map { ($0.kind, $0.path) }, files, source: "modules.json")
            return
        }
        let prefix = modules[0].path.isEmpty ? "" : modules[0].path + "/"
        let name = "\(prefix)router_config.json"
        let config = try files.json(name)
        let types = try config.required("types")
        let parameters = config["parameters"]
        let isFirstDefault = try parameters?["allow_empty_key"]?.bool() ?? true
        let defaultRoute =
            try parameters?["default_route"]?.string()
            ?? (isFirstDefault ? config.required("structure").members().first?.key : nil)
        queriesAreDefault = defaultRoute == "query"
        func route(_ key: String) throws -> [(kind: String, path: String)] {
            try config.required("structure").required(key).elements().map { module in
                let folder = try module.string()
                return (SentenceModules.kind(try types.required(folder).string()), prefix + folder)
            }
        }
        try readDocument(route("document"), files, source: name)
        let query = try route("query")
        guard query.count == 1, query[0].kind == "SparseStaticEmbedding" else {
            throw Self.failure(
                files, name, query.map(\.kind),
                "queries require a single SparseStaticEmbedding or the modules of documents")
        }
        staticQueries = query[0].path
    }

    private mutating func readDocument(
        _ modules: [(kind: String, path: String)], _ files: ModelFiles, source: String
    ) throws {
        guard modules.count == 2, ["MLMTransformer", "Transformer"].contains(modules[0].kind),
            modules[1].kind == "SpladePooling"
        else {
            throw Self.failure(
                files, source, modules.map(\.kind), "sparse embeddings require MLMTransformer and SpladePooling")
        }
        path = modules[0].path
        let config = try files.json("\(modules[1].path)/config.json")
        func choice<Choice: RawRepresentable<String> & CaseIterable>(_ key: String, _ usual: Choice) throws -> Choice {
            guard let node = config[key] else { return usual }
            let word = try node.string()
            guard let choice = Choice(rawValue: word) else {
                throw node.mismatch(Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or "))
            }
            return choice
        }
        strategy = try choice("pooling_strategy", .max)
        saturation = try choice("activation_function", .relu)
    }

    private static func failure(_ files: ModelFiles, _ source: String, _ kinds: [String], _ reason: String) -> BertError
    {
        BertError(
            .invalidConfiguration, "\(reason); the folder has \(kinds.joined(separator: ", "))",
            file: files.path(of: source), key: "type")
    }
}
