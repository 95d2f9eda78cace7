import BertJSON

/// The `vocab.txt` of a `BertJapaneseTokenizer`, which splits words at white space and punctuation, and then into
/// WordPiece tokens or characters.
struct BertJapaneseFiles {
    private let files: TokenizerFiles
    private let settings: TokenizerSettings

    init(_ files: TokenizerFiles, _ settings: TokenizerSettings) {
        self.files = files
        self.settings = settings
    }

    private enum Subwords: String {
        case wordPiece = "wordpiece"
        case character
        case none
    }

    func parts() throws -> TokenizerParts {
        let subwords = try subwordTokenizer()
        let splitsWords = try option("do_word_tokenize")?.bool() ?? true
        if splitsWords { try checkWordTokenizer() }
        if let words = try option("never_split")?.elements(), !words.isEmpty {
            throw unsupported("never_split", "is not supported by this class; remove it")
        }
        guard let found = try WordPieceFiles(files) else {
            throw TokenizerError(
                .fileNotReadable, "has no vocab.txt, which BertJapaneseTokenizer requires", file: files.name)
        }
        var roles = TokenizerClass.named("BertJapaneseTokenizer")?.roles ?? [:]
        for (role, named) in settings.roles { roles[role] = named.content }
        var parts = found.parts(.bert(), roles)
        parts.decoder = DecoderChain(steps: [.wordPiece(WordPieceDecoder(cleansUp: false))])
        parts.single = TokenizerParts.Single(normalizer: false, preTokenizer: false, postProcessor: false)

        let lowercases = settings.lowercases ?? false
        parts.normalizer =
            splitsWords
            ? [
                .bert(
                    BertNormalizer(
                        splitsChineseCharacters: false, stripsAccents: false, lowercases: false)),
                .unicode(compatible: false, composed: true),
            ] : []
        if lowercases {
            parts.normalizer += [.lowercase]
            if splitsWords {
                parts.normalizer.append(.bert(BertNormalizer(cleansText: false, splitsChineseCharacters: false)))
            }
        }
        parts.preTokenizer =
            splitsWords ? [.scalars(.whitespace, .removed), .scalars(.punctuation, .isolated)] : []
        let unknown = roles[.unknown] ?? "[UNK]"
        switch subwords {
        case .wordPiece:
            if !splitsWords { parts.preTokenizer = [.scalars(.whitespace, .removed)] }
        case .character:
            parts.preTokenizer += [.normalized([.unicode(compatible: true, composed: true)]), .fixedLength(1)]
            parts.makeModel = { .wordLevel(unknownID: $0.id(of: unknown)) }
        case .none: parts.makeModel = { .wordLevel(unknownID: $0.id(of: unknown)) }
        }
        return parts
    }

    private func option(_ key: String) -> JSONNode? { settings.config?[key] }

    private func subwordTokenizer() throws -> Subwords {
        guard try option("do_subword_tokenize")?.bool() ?? true else { return .none }
        let name = try option("subword_tokenizer_type")?.string() ?? Subwords.wordPiece.rawValue
        guard let subwords = Subwords(rawValue: name), subwords != .none else {
            throw unsupported("subword_tokenizer_type", "must be wordpiece or character, not \(name)", name)
        }
        return subwords
    }

    private func checkWordTokenizer() throws {
        let name = try option("word_tokenizer_type")?.string() ?? "basic"
        guard name != "basic" else { return }
        let reason =
            ["mecab", "sudachi", "jumanpp"].contains(name)
            ? "requires the morphological analyzer \(name), which is not supported; use a model with the word tokenizer basic, or encode with transformers and pass token ids"
            : "must be basic, not \(name)"
        throw unsupported("word_tokenizer_type", reason, name)
    }

    private func unsupported(_ key: String, _ message: String, _ value: String? = nil) -> TokenizerError {
        TokenizerError(
            .unsupportedComponent, "BertJapaneseTokenizer: \(message)", file: files.path(of: "tokenizer_config.json"),
            key: key, value: value.map { .string($0) })
    }
}
