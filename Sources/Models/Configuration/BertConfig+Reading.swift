public import BertCheckpoints
import BertCore
public import BertJSON

extension BertConfig {
    /// Reads the `config.json` of a model.
    ///
    /// - Parameters:
    ///   - files: The files of the model.
    ///   - family: The family if the file doesn't specify one.
    ///   - catalogue: The catalog of families.
    /// - Throws: ``BertError`` `.fileNotReadable` if the file doesn't exist, `.malformedFile` if it isn't JSON, or
    ///   `.invalidConfiguration` with the file and key for an invalid value.
    public init(
        _ files: ModelFiles, assuming family: ModelFamily? = nil, in catalogue: ModelCatalogue = .shared
    ) throws {
        let source = files.path(of: Self.fileName)
        let bytes = try files.read(Self.fileName, limit: 16 << 20)
        let json: JSONValue
        do {
            json = try JSONValue(parsing: bytes, source: source, options: .python)
        } catch { throw BertError(.malformedFile, error) }
        let family = try family ?? catalogue.familyByTensors(of: files, json)
        try self.init(json, source: source, assuming: family, in: catalogue)
        try recogniseEarlyExits(files)
    }

    /// The file name, `config.json`.
    public static let fileName = "config.json"

    /// Creates a configuration from JSON.
    ///
    /// - Parameters:
    ///   - json: An object with the keys of `transformers`. Missing keys have the defaults of the family.
    ///   - source: The origin of the JSON, for messages.
    ///   - family: The family if the object doesn't specify one.
    ///   - catalogue: The catalog of families.
    /// - Throws: ``BertError`` `.invalidConfiguration` with the source and key.
    public init(
        _ json: JSONValue, source: String = BertConfig.fileName, assuming family: ModelFamily? = nil,
        in catalogue: ModelCatalogue = .shared
    ) throws {
        do {
            try self.init(reading: JSONNode(json, source: source), assuming: family, in: catalogue)
        } catch let error as JSONError {
            throw BertError(
                .invalidConfiguration, error.reason, file: error.source, key: error.path.isEmpty ? nil : error.path,
                value: json[error.path].flatMap(BertError.Value.init))
        }
        try validate(source: source)
    }

    private init(reading node: JSONNode, assuming family: ModelFamily?, in catalogue: ModelCatalogue) throws {
        let raw = try node.object()
        let architectures = try Self.architectures(node)
        let (family, modelType) = try catalogue.family(of: node, architectures: architectures, assuming: family)
        self.init(family, modelType: modelType)
        self.raw = raw
        self.architectures = architectures

        try read(node, "vocab_size", \.vocabSize)
        try read(node, "hidden_size", \.hiddenSize)
        try read(node, "num_hidden_layers", \.numHiddenLayers)
        try read(node, "num_attention_heads", \.numAttentionHeads)
        try read(node, "intermediate_size", \.intermediateSize)
        try read(node, "hidden_dropout_prob", \.hiddenDropoutProb)
        try read(node, "attention_probs_dropout_prob", \.attentionProbsDropoutProb)
        try read(node, "max_position_embeddings", \.maxPositionEmbeddings)
        try read(node, "type_vocab_size", \.typeVocabSize)
        try read(node, "layer_norm_eps", \.layerNormEps)
        if let member = member("initializer_range", of: node), !member.isNull {
            initializerRange = try member.double()
        }
        if let member = member("pad_token_id", of: node) { padTokenId = member.isNull ? nil : try member.int() }
        try read(node, "use_cache", \.useCache)
        if let member = member("classifier_dropout", of: node), !member.isNull {
            classifierDropout = try member.double()
        }
        try read(node, "is_decoder", \.isDecoder)
        try read(node, "add_cross_attention", \.addCrossAttention)
        try read(node, "tie_word_embeddings", \.tieWordEmbeddings)
        try read(node, "chunk_size_feed_forward", \.chunkSizeFeedForward)
        try read(node, "output_attentions", \.outputAttentions)
        try read(node, "output_hidden_states", \.outputHiddenStates)
        if let member = member("hidden_act", of: node) { hiddenAct = try HiddenActivation(member) }
        // `transformers` adds no positions at all if this is null.
        if let member = member("position_embedding_type", of: node) { positionEmbeddingType = try member.choice() }
        try own?.read(node)
        problemType = try node["problem_type"]?.choice()
        dtype = try Self.elementType(node)
        try readPrunedHeads(node)
        try readLabels(node)
    }

    /// Returns the names of the classes: those in a list, or a single name.
    private static func architectures(_ node: JSONNode) throws -> [String] {
        guard let node = node["architectures"] else { return [] }
        if let name = node.value.stringValue { return [name] }
        return try node.elements().map { (node) throws(JSONError) in try node.string() }
    }

    /// Returns the value of a BERT key, looked up by the family's name for it; nil if it is missing or the family
    /// doesn't use the key.
    private func member(_ key: String, of node: JSONNode) -> JSONNode? {
        guard uses(key), let member = node.member(fileKey(key)) else { return nil }
        return member.isNull && family.nullableKeys.contains(key) ? nil : member
    }

    private mutating func read(_ node: JSONNode, _ key: String, _ path: WritableKeyPath<Self, Int>) throws {
        if let member = member(key, of: node) { self[keyPath: path] = try member.int() }
    }

    private mutating func read(_ node: JSONNode, _ key: String, _ path: WritableKeyPath<Self, Double>) throws {
        if let member = member(key, of: node) { self[keyPath: path] = try member.double() }
    }

    private mutating func read(_ node: JSONNode, _ key: String, _ path: WritableKeyPath<Self, Bool>) throws {
        guard let member = member(key, of: node) else { return }
        // As in Python, where None and 0 are false, and 1 is true.
        if let number = member.value.intValue, (0...1).contains(number) {
            self[keyPath: path] = number == 1
        } else {
            self[keyPath: path] = try !member.isNull && member.bool()
        }
    }

    private static func elementType(_ node: JSONNode) throws -> ElementType? {
        guard let node = node["dtype"] ?? node["torch_dtype"] else { return nil }
        let name = try node.string()
        // Some files contain the string representation of the Python type.
        let plain = name.hasPrefix("torch.") ? String(name.dropFirst(6)) : name
        guard let type = ElementType(rawValue: plain), type.isFloatingPoint else {
            throw node.mismatch(words(for: ElementType.allCases.filter(\.isFloatingPoint).map(\.rawValue)))
        }
        return type
    }

    private mutating func readPrunedHeads(_ node: JSONNode) throws {
        for (key, heads) in try node["pruned_heads"]?.members() ?? [] {
            guard let layer = Int(key) else { throw heads.failure(.typeMismatch, "expected a layer number") }
            prunedHeads[layer] = try heads.elements().map { (node) throws(JSONError) in try node.int() }
        }
    }
}

extension HiddenActivation {
    /// Reads the name of an activation.
    init(_ node: JSONNode) throws {
        let name = try node.string()
        do { try self.init(name) } catch let error as BertError { throw node.failure(.typeMismatch, error.message) }
    }
}

extension JSONNode {
    /// Reads a string that must be one of several choices.
    func choice<Choice: RawRepresentable<String> & CaseIterable>() throws(JSONError) -> Choice {
        let word = try string()
        guard let choice = Choice(rawValue: word) else {
            let known = Choice.allCases.map(\.rawValue)
            let guess = Spelling.nearest(to: word, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
            throw mismatch(words(for: known) + guess)
        }
        return choice
    }
}

/// Returns the choices in the form `"a", "b" or "c"`.
private func words(for choices: [String]) -> String {
    let quoted = choices.map { "\"\($0)\"" }
    guard let last = quoted.last, quoted.count > 1 else { return quoted.first ?? "" }
    return quoted.dropLast().joined(separator: ", ") + " or " + last
}
