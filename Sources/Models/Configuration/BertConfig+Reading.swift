public import BertCheckpoints
import BertCore
public import BertJSON

extension BertConfig {
    /// Reads a model's `config.json`.
    ///
    /// - Parameters:
    ///   - files: the model.
    ///   - modelType: what the model is if the file does not say it.
    /// - Throws: ``BertError`` `.fileNotReadable` if there is no such file, `.malformedFile` if it is not JSON, and
    ///   `.invalidConfiguration`, naming file and key, for a value that no model can have.
    public init(_ files: ModelFiles, assuming modelType: ModelType? = nil) throws {
        let source = files.path(of: Self.fileName)
        let bytes = try files.read(Self.fileName, limit: 16 << 20)
        let json: JSONValue
        do {
            json = try JSONValue(parsing: bytes, source: source, options: .python)
        } catch {
            throw BertError(.malformedFile, error.description)
        }
        try self.init(json, source: source, assuming: modelType)
    }

    /// `config.json`.
    public static let fileName = "config.json"

    /// Reads a configuration from JSON.
    ///
    /// - Parameters:
    ///   - json: an object with `transformers`' keys; missing ones have the architecture's defaults.
    ///   - source: where it is from, for messages.
    ///   - modelType: what the model is if the object does not say it.
    /// - Throws: ``BertError`` `.invalidConfiguration`, naming source and key.
    public init(_ json: JSONValue, source: String = BertConfig.fileName, assuming modelType: ModelType? = nil) throws {
        do {
            try self.init(reading: JSONNode(json, source: source), assuming: modelType)
        } catch let error as JSONError {
            throw BertError(.invalidConfiguration, error.description)
        }
        try validate(source: source)
    }

    private init(reading node: JSONNode, assuming modelType: ModelType?) throws {
        let raw = try node.object()
        let architectures = try node["architectures"]?.elements().map { (node) throws(JSONError) in try node.string() }
        self.init(try Self.modelType(node, architectures: architectures ?? [], assuming: modelType))
        self.raw = raw
        self.architectures = architectures ?? []

        let key = self.modelType.key
        try node.read("vocab_size", &vocabSize)
        try node.read(key("hidden_size"), &hiddenSize)
        try node.read(key("num_hidden_layers"), &numHiddenLayers)
        try node.read(key("num_attention_heads"), &numAttentionHeads)
        try node.read(key("intermediate_size"), &intermediateSize)
        try node.read(key("hidden_dropout_prob"), &hiddenDropoutProb)
        try node.read(key("attention_probs_dropout_prob"), &attentionProbsDropoutProb)
        try node.read("max_position_embeddings", &maxPositionEmbeddings)
        try node.read("initializer_range", &initializerRange)
        if let id = node.member("pad_token_id") { padTokenId = id.isNull ? nil : try id.int() }
        try node.read("use_cache", &useCache)
        classifierDropout = try node[key("classifier_dropout")]?.double() ?? classifierDropout
        try node.read("is_decoder", &isDecoder)
        try node.read("add_cross_attention", &addCrossAttention)
        try node.read("tie_word_embeddings", &tieWordEmbeddings)
        try node.read("chunk_size_feed_forward", &chunkSizeFeedForward)
        try node.read("output_attentions", &outputAttentions)
        try node.read("output_hidden_states", &outputHiddenStates)
        try node.read("embedding_size", &embeddingSize)
        try node.read("num_hidden_groups", &numHiddenGroups)
        try node.read("inner_group_num", &innerGroupNum)
        try node.read("classifier_dropout_prob", &classifierDropoutProb)
        // DistilBERT has neither.
        if modelType != .distilBert {
            try node.read("type_vocab_size", &typeVocabSize)
            try node.read("layer_norm_eps", &layerNormEps)
        }
        if let name = node.member(key("hidden_act")) { hiddenAct = try Self.activation(name) }
        if let type: PositionEmbeddingType = try node.choice("position_embedding_type") { positionEmbeddingType = type }
        problemType = try node.choice("problem_type")
        dtype = try Self.elementType(node)
        try readPrunedHeads(node)
        try readLabels(node)
    }

    private static func modelType(
        _ node: JSONNode, architectures: [String], assuming modelType: ModelType?
    ) throws -> ModelType {
        if let type: ModelType = try node.choice("model_type") { return type }
        if let type = modelType ?? architectures.lazy.compactMap(ModelType.init(architecture:)).first { return type }
        throw node.failure(
            .missingKey, "has no model_type; known are \(ModelType.allCases.map(\.rawValue).joined(separator: ", "))")
    }

    private static func activation(_ node: JSONNode) throws -> HiddenActivation {
        let name = try node.string()
        do {
            return try HiddenActivation(name)
        } catch let error as BertError {
            throw node.failure(.typeMismatch, error.message)
        }
    }

    private static func elementType(_ node: JSONNode) throws -> ElementType? {
        guard let node = node["dtype"] ?? node["torch_dtype"] else { return nil }
        let name = try node.string()
        // Some files have Python's way to print it.
        let plain = name.hasPrefix("torch.") ? String(name.dropFirst(6)) : name
        guard let type = ElementType(rawValue: plain), type.isFloatingPoint else {
            throw node.mismatch(words(for: ElementType.allCases.filter(\.isFloatingPoint).map(\.rawValue)))
        }
        return type
    }

    private mutating func readPrunedHeads(_ node: JSONNode) throws {
        for (key, heads) in try node["pruned_heads"]?.members() ?? [] {
            guard let layer = Int(key) else { throw heads.failure(.typeMismatch, "expected the number of a layer") }
            prunedHeads[layer] = try heads.elements().map { (node) throws(JSONError) in try node.int() }
        }
    }

    private mutating func readLabels(_ node: JSONNode) throws {
        if let map = node["id2label"] {
            let members = try map.members()
            var names: [String?] = Array(repeating: nil, count: members.count)
            for (key, label) in members {
                guard let id = Int(key), names.indices.contains(id), names[id] == nil else {
                    throw label.failure(
                        .typeMismatch,
                        "expected the ids 0 to \(members.count - 1) of \(members.count) labels, each once")
                }
                names[id] = try label.string()
            }
            setLabels(names.compactMap(\.self))
        } else if let count = node["num_labels"] {
            setNumLabels(try count.int(in: 0...Self.maximumLabels))
        }
        if let map = node["label2id"] {
            label2id = [:]
            for (label, id) in try map.members() { label2id[label] = try id.int() }
        }
    }
}

extension JSONNode {
    fileprivate func read(_ key: String, _ value: inout Int) throws(JSONError) {
        if let node = member(key) { value = try node.int() }
    }

    fileprivate func read(_ key: String, _ value: inout Double) throws(JSONError) {
        if let node = member(key) { value = try node.double() }
    }

    fileprivate func read(_ key: String, _ value: inout Bool) throws(JSONError) {
        if let node = member(key) { value = try node.bool() }
    }

    /// One of several words; nil if the key is missing or `null`.
    fileprivate func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String
    ) throws(JSONError) -> Choice? {
        guard let node = self[key] else { return nil }
        let word = try node.string()
        guard let choice = Choice(rawValue: word) else {
            let known = Choice.allCases.map(\.rawValue)
            let guess = Spelling.nearest(to: word, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
            throw node.mismatch(words(for: known) + guess)
        }
        return choice
    }
}

/// `"a", "b" or "c"`
private func words(for choices: [String]) -> String {
    let quoted = choices.map { "\"\($0)\"" }
    guard let last = quoted.last, quoted.count > 1 else { return quoted.first ?? "" }
    return quoted.dropLast().joined(separator: ", ") + " or " + last
}
