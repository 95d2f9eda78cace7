import BertJSON

/// Reads a `tokenizer.json`, the format of Hugging Face `tokenizers`.
struct TokenizerJSON {
    let root: JSONNode
    let settings: TokenizerSettings
    var source: String { root.source ?? "tokenizer.json" }

    init(_ root: JSONNode, _ settings: TokenizerSettings) {
        self.root = root
        self.settings = settings
    }

    /// The tokenizer that the file describes.
    func tokenizer() throws -> any Tokenizer {
        let model = try root.required("model")
        let type = try type(ofModel: model)
        guard Self.models.contains(type) else { throw unsupported(model, type, known: Self.models) }
        return try type == "WordPiece" && isBERT() ? wordPiece(model) : pipeline(model, type)
    }

    private static let models = ["BPE", "Unigram", "WordLevel", "WordPiece"]

    private func type(ofModel model: JSONNode) throws -> String {
        if let type = try model["type"]?.string() { return type }
        // Files from before the types were written have none.
        if model["continuing_subword_prefix"] != nil, model["merges"] == nil { return "WordPiece" }
        if model["merges"] != nil { return "BPE" }
        if model["unk_id"] != nil { return "Unigram" }
        throw try model.required("type").mismatch("a type")
    }

    func addedTokens() throws -> [AddedToken] {
        try (root["added_tokens"]?.elements() ?? []).map {
            try AddedToken(settings: $0, id: Int32($0.required("id").int(in: 0...Int(Int32.max) - 1)))
        }
    }

    /// The tokens of a model that writes them as an object of ids.
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
            .unsupportedComponent,
            "\(source): the \(node.path) \"\(type)\" is not supported; this library knows \(names)")
    }
}

extension TokenList {
    /// Appends the members of an object of ids.
    mutating func append(_ vocabulary: JSONObject, _ node: JSONNode) throws {
        reserve(vocabulary.count)
        for (token, id) in vocabulary {
            guard let id = id.intValue, id >= 0, id < Int(Int32.max) else {
                throw node.failure(
                    .numberOutOfRange, "the token \"\(token)\" has the id \(id), which is not a number from 0 to 2^31")
            }
            append(token.utf8, id: Int32(id))
        }
        guard vocabulary.count > 0 else {
            throw TokenizerError(
                .malformedFile, "\(source): \(node.path.isEmpty ? "it" : node.path) holds no token")
        }
    }
}
