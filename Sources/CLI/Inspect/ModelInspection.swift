import Bert
import BertJSON

/// Information about a model's folder that is available without computing.
struct ModelInspection {
    /// A fact: its key in JSON, its title in text, and its value.
    private typealias Fact = (key: String, title: String, value: JSONValue)

    private var facts: [Fact] = []

    /// Reads a folder.
    ///
    /// - Throws: `BertError` with the file, the key and the fix.
    init(_ files: ModelFiles, as className: String?) throws {
        let network =
            try SparseEmbedder.canRead(files) ? SparseEmbedder.network(files) : files.transformerFiles()
        let config = try BertConfig(network)
        let checkpoint = try Checkpoint(network)
        let vectors = VectorKind(configuredBy: files)
        // ColBERT's own class is that of a trunk with a linear layer.
        let name =
            try className
            ?? (vectors == .tokens
                ? ModelCatalogue.shared.entry(for: .encoder, of: config.family).name
                : ModelCatalogue.shared.className(for: config))
        let modelType = try ModelCatalogue.shared.entry(name).modelType
        let specs = try modelType.parameterSpecs(config)
        let report = try modelType.loadingReport(config, checkpoint)
        let parameters = specs.filter { $0.tiedTo == nil }.reduce(0) { $0 + $1.shape.elementCount }
        let types = Set(checkpoint.names.compactMap { checkpoint[$0]?.type.rawValue }).sorted()

        add("class", "class", .string(name))
        add("model_type", "model type", .string(config.modelType))
        add("layers", "layers", .int(config.numHiddenLayers))
        add("hidden_size", "hidden size", .int(config.hiddenSize))
        add("attention_heads", "attention heads", .int(config.numAttentionHeads))
        add("intermediate_size", "intermediate size", .int(config.intermediateSize))
        add("activation", "activation", .string(config.hiddenAct.name))
        add("vocabulary", "vocabulary", .int(config.vocabSize))
        add("positions", "positions", .int(config.maxPositionEmbeddings))
        add("parameters", "parameters", .int(parameters))
        add("stored_tensors", "stored tensors", .int(checkpoint.names.count))
        for (key, title, names) in [
            ("missing_keys", "missing", report.missingKeys), ("unexpected_keys", "not used", report.unexpectedKeys),
            ("mismatched_keys", "with another shape", report.mismatchedKeys),
        ] {
            add(key, title, .array(names.map { .string($0) }))
        }
        add("dtypes", "stored as", .array(types.map { .string($0) }))
        add("files", "files", .array(files.names.map { .string($0) }))
        let highways = specs.filter { $0.name.contains(".highway.") && $0.name.hasSuffix("classifier.weight") }.count
        let classifiers = specs.filter { $0.name.hasPrefix("classifiers.") && $0.name.hasSuffix(".weight") }.count
        add("off_ramps", "off-ramps", .int(highways + classifiers))
        if highways + classifiers > 0 {
            let policy = try config.exitPolicy.configuration(layers: config.numHiddenLayers)
            add("exit_policy", "exit policy", .string(policy.isEmpty ? "never" : JSONValue.object(policy).serialized()))
        }
        if specs.contains(where: { $0.name.contains("classifier") }) {
            add("labels", "labels", .array(config.labels.map { .string($0) }))
        }
        if let vectors, vectors != .dense {
            add("vectors", "vectors", .string(vectors.rawValue))
        } else if files.contains("modules.json") {
            let settings = try EmbeddingSettings(files)
            add("pooling", "pooling", .string(settings.poolingName))
            add("normalizes", "normalizes", .bool(settings.normalizes))
            if settings.lowercases {
                add("do_lower_case", "texts", .string("converted to lower case before tokenization"))
            }
            if let length = settings.maximumLength { add("max_seq_length", "greatest length", .int(length)) }
        }
        add(
            "memory", "memory of weights",
            .object(
                JSONObject([
                    ("float32", .int(parameters * 4)), ("bfloat16", .int(parameters * 2)), ("int8", .int(parameters)),
                ])))
    }

    private mutating func add(_ key: String, _ title: String, _ value: JSONValue) { facts.append((key, title, value)) }

    /// The inspection as a JSON object.
    var json: JSONValue { .object(JSONObject(facts.map { ($0.key, $0.value) })) }

    /// The inspection as text, with one line for each fact.
    var text: String {
        var table = Table()
        for fact in facts where fact.value != .array([]) { table.add(.init(fact.title), .init(Self.words(fact.value))) }
        return table.lines.map { $0 + "\n" }.joined()
    }

    private static func words(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): text
        case .bool(let flag): flag ? "yes" : "no"
        case .array(let values): values.map(words).joined(separator: ", ")
        case .object(let object):
            object.map { "\($0.key) \(megabytes($0.value.intValue ?? 0))" }.joined(separator: ", ")
        default: value.serialized()
        }
    }

    private static func megabytes(_ bytes: Int) -> String {
        let tenths = (bytes + 50_000) / 100_000
        return "\(tenths / 10).\(tenths % 10) MB"
    }
}
