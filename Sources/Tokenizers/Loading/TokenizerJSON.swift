import BertJSON

/// A parser for `tokenizer.json`, the format of Hugging Face `tokenizers`.
struct TokenizerJSON {
    let root: JSONNode
    var source: String { root.source ?? "tokenizer.json" }

    init(_ root: JSONNode) { self.root = root }

    /// Returns the tokenizer parts described by the file.
    func parts() throws -> TokenizerParts {
        let model = try root.required("model")
        let type = try type(ofModel: model)
        guard Self.models.contains(type) else { throw unsupported(model, type, known: Self.models) }
        var parts = try parts(model, type)
        parts.isTokenizerJSON = true
        parts.normalizer = try normalizer()
        parts.preTokenizer = try preTokenizer()
        let processing = try postProcessing()
        parts.makeTemplate = { _ in processing.template }
        parts.trimming = processing.trimming
        parts.decoder = try decoder()
        parts.addedTokens = try addedTokens()
        func isSingle(_ name: String) -> Bool { root[name]?["type"]?.value.stringValue != "Sequence" }
        parts.single = TokenizerParts.Single(
            normalizer: isSingle("normalizer"), preTokenizer: isSingle("pre_tokenizer"),
            postProcessor: isSingle("post_processor"))
        parts.truncationSide = try root["truncation"]?["direction"].map { try Side(settings: $0) }
        parts.paddingSide = try root["padding"]?["direction"].map { try Side(settings: $0) }
        parts.paddingToken = try root["padding"]?["pad_token"]?.string()
        return parts
    }

    private static let models = ["BPE", "Unigram", "WordLevel", "WordPiece"]

    private func type(ofModel model: JSONNode) throws -> String {
        if let type = try model["type"]?.string() { return type }
        // Old files don't contain the type.
        if model["continuing_subword_prefix"] != nil, model["merges"] == nil { return "WordPiece" }
        if model["merges"] != nil { return "BPE" }
        if model["unk_id"] != nil { return "Unigram" }
        throw try model.required("type").mismatch("a type")
    }

    func addedTokens() throws -> [AddedToken] {
        try (root["added_tokens"]?.elements() ?? []).map {
            let id = try $0.required("id").int(in: 0...Int(Int32.max) - 1)
            return try AddedToken(settings: $0, id: Int32(id))
        }
    }

    /// Returns the tokens of a model whose vocabulary is an object of ids.
    func tokens(_ model: JSONNode) throws -> TokenList {
        var list = TokenList(source: source)
        let vocabulary = try model.required("vocab").object()
        try list.append(vocabulary, model.required("vocab"))
        return list
    }

    func unsupported(_ node: JSONNode, _ type: String, known: [String]) -> TokenizerError {
        let names =
            known.count > 1
            ? "\(known.dropLast().joined(separator: ", ")) and \(known[known.count - 1])" : known.joined()
        return TokenizerError(
            .unsupportedComponent, "\"\(type)\" is not supported; supported types are \(names)", file: source,
            key: node.path, value: .string(type))
    }
}

extension TokenList {
    /// Appends the members of an object of ids.
    mutating func append(_ vocabulary: JSONObject, _ node: JSONNode) throws {
        reserve(vocabulary.count)
        for (token, id) in vocabulary {
            guard let id = id.intValue, id >= 0, id < Int(Int32.max) else {
                throw node.failure(
                    .numberOutOfRange, "the token \"\(token)\" has the id \(id), which is not an integer from 0 to 2^31"
                )
            }
            append(token.utf8, id: Int32(id))
        }
        guard vocabulary.count > 0 else {
            throw TokenizerError(
                .malformedFile, "has no tokens", file: source, key: node.path.isEmpty ? nil : node.path)
        }
    }
}
