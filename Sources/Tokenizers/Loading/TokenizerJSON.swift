import BertJSON

/// Reads a `tokenizer.json`, the format of Hugging Face `tokenizers`.
struct TokenizerJSON {
    private let root: JSONNode
    private let settings: TokenizerSettings
    private var source: String { root.source ?? "tokenizer.json" }

    init(_ root: JSONNode, _ settings: TokenizerSettings) {
        self.root = root
        self.settings = settings
    }

    /// The tokenizer that the file describes.
    func tokenizer() throws -> any Tokenizer {
        let model = try root.required("model")
        // Files from before the types were written have none.
        let type = try model["type"]?.string() ?? (model["continuing_subword_prefix"] == nil ? "missing" : "WordPiece")
        guard type == "WordPiece" else { throw unsupported(model, type, known: ["WordPiece"]) }
        return try wordPiece(model)
    }

    private func wordPiece(_ model: JSONNode) throws -> WordPieceTokenizer {
        var configuration = WordPieceConfiguration()
        configuration.normalizer = try normalizer()
        try checkPreTokenizer()
        // The settings say what a token is called, and the vocabulary's own word for "unknown" goes before.
        settings.apply(to: &configuration)
        if let unknown = try model["unk_token"]?.string() { configuration.unknownToken = unknown }
        if let prefix = try model["continuing_subword_prefix"]?.string() { configuration.continuingPrefix = prefix }
        if let most = try model["max_input_chars_per_word"]?.int(in: 1...Int(Int32.max)) {
            configuration.maxScalarsPerWord = most
        }
        configuration.addedTokens = try addedTokens() + settings.addedTokens
        configuration.findsSpecialTokens = false
        configuration.template = try template()
        configuration.decoder = try decoder()

        var list = TokenList(source: source)
        let vocabulary = try model.required("vocab").object()
        list.reserve(vocabulary.count)
        for (token, id) in vocabulary {
            guard let id = id.intValue, id >= 0, id < Int(Int32.max) else {
                throw try model.required("vocab").failure(
                    .numberOutOfRange, "the token \"\(token)\" has the id \(id), which is not a number from 0 to 2^31")
            }
            list.append(token.utf8, id: Int32(id))
        }
        guard vocabulary.count > 0 else {
            throw TokenizerError(.malformedFile, "\(source): model.vocab holds no token")
        }
        return try WordPieceTokenizer(list, configuration)
    }

    private func normalizer() throws -> BertNormalizer {
        guard let node = root["normalizer"] else {
            return BertNormalizer(cleansText: false, splitsChineseCharacters: false, lowercases: false)
        }
        let type = try node.required("type").string()
        guard type == "BertNormalizer" else { throw unsupported(node, type, known: ["BertNormalizer"]) }
        return BertNormalizer(
            cleansText: try node["clean_text"]?.bool() ?? true,
            splitsChineseCharacters: try node["handle_chinese_chars"]?.bool() ?? true,
            stripsAccents: try node["strip_accents"]?.bool(), lowercases: try node["lowercase"]?.bool() ?? true)
    }

    private func checkPreTokenizer() throws {
        guard let node = root["pre_tokenizer"] else {
            throw TokenizerError(
                .unsupportedComponent,
                "\(source) has no pre_tokenizer; with WordPiece this library knows BertPreTokenizer only")
        }
        let type = try node.required("type").string()
        guard type == "BertPreTokenizer" else { throw unsupported(node, type, known: ["BertPreTokenizer"]) }
    }

    private func decoder() throws -> WordPieceDecoder {
        guard let node = root["decoder"] else { return WordPieceDecoder(prefix: nil, cleansUp: false) }
        let type = try node.required("type").string()
        guard type == "WordPiece" else { throw unsupported(node, type, known: ["WordPiece"]) }
        return WordPieceDecoder(
            prefix: try node["prefix"]?.string() ?? "##", cleansUp: try node["cleanup"]?.bool() ?? true)
    }

    private func addedTokens() throws -> [AddedToken] {
        try (root["added_tokens"]?.elements() ?? []).map {
            try AddedToken(settings: $0, id: Int32($0.required("id").int(in: 0...Int(Int32.max) - 1)))
        }
    }

    // MARK: Post-processor

    private func template() throws -> SequenceTemplate {
        guard let node = root["post_processor"] else {
            return SequenceTemplate(
                single: [.sequence(0, typeID: 0)], pair: [.sequence(0, typeID: 0), .sequence(1, typeID: 1)])
        }
        let type = try node.required("type").string()
        switch type {
        case "BertProcessing":
            return .bert(
                classification: try id(ofPair: node.required("cls")), separator: try id(ofPair: node.required("sep")))
        case "TemplateProcessing":
            let special = try node.required("special_tokens")
            return SequenceTemplate(
                single: try pieces(node.required("single"), special, sequences: ["A"]),
                pair: try pieces(node.required("pair"), special, sequences: ["A", "B"]))
        default:
            throw unsupported(node, type, known: ["TemplateProcessing", "BertProcessing"])
        }
    }

    /// The id of a token that is written as `["[SEP]", 102]`.
    private func id(ofPair node: JSONNode) throws -> Int32 {
        let elements = try node.elements()
        guard elements.count == 2 else { throw node.mismatch("a token and its id") }
        return Int32(try elements[1].int(in: 0...Int(Int32.max) - 1))
    }

    private func pieces(_ node: JSONNode, _ special: JSONNode, sequences: [String]) throws
        -> [SequenceTemplate.Piece]
    {
        let pieces: [SequenceTemplate.Piece] = try node.elements().map { piece in
            if let token = piece["SpecialToken"] {
                let name = try token.required("id").string()
                let ids = try special.required(name).required("ids").elements().map {
                    Int32(try $0.int(in: 0...Int(Int32.max) - 1))
                }
                return .special(ids: ids, typeID: try typeID(token))
            }
            let sequence = try piece.required("Sequence")
            let name = try sequence.required("id").string()
            guard let index = sequences.firstIndex(of: name) else {
                throw sequence.failure(.typeMismatch, "no sequence is called \"\(name)\" here")
            }
            return .sequence(index, typeID: try typeID(sequence))
        }
        for (index, name) in sequences.enumerated() {
            let count = pieces.count { if case .sequence(index, _) = $0 { true } else { false } }
            guard count == 1 else {
                throw node.failure(.typeMismatch, "the sequence \(name) occurs \(count) times instead of once")
            }
        }
        return pieces
    }

    private func typeID(_ node: JSONNode) throws -> Int32 {
        Int32(try node["type_id"]?.int(in: 0...Int(Int32.max) - 1) ?? 0)
    }

    private func unsupported(_ node: JSONNode, _ type: String, known: [String]) -> TokenizerError {
        TokenizerError(
            .unsupportedComponent,
            "\(source): the \(node.path) \"\(type)\" is not supported; with WordPiece this library knows \(known.joined(separator: " and "))"
        )
    }
}
