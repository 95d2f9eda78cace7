/// The `vocab.txt` of a WordPiece tokenizer without `tokenizer.json`.
struct WordPieceFiles {
    private let list: TokenList

    /// Reads the file; returns nil if it is missing.
    init?(_ files: TokenizerFiles) throws {
        guard let bytes = try files.bytes(of: "vocab.txt") else { return nil }
        list = try bytes.withUnsafeBufferPointer { text throws(TokenizerError) in
            try TokenList(vocabTxt: text, source: files.path(of: "vocab.txt"))
        }
    }

    /// Returns the tokenizer parts, like `BertConverter`, `FunnelConverter` and `MPNetConverter` in `transformers`.
    func parts(_ layout: TokenizerClass.SpecialTokenLayout, _ roles: [TokenRole: String]) -> TokenizerParts {
        var parts = TokenizerParts(source: list.source, tokens: list) { vocabulary in
            .wordPiece(WordPieceModel(vocabulary, unknown: roles[.unknown] ?? "[UNK]"))
        }
        parts.normalizer = [.bert(BertNormalizer())]
        parts.preTokenizer = [.scalars(.whitespace, .removed), .scalars(.punctuation, .isolated)]
        parts.decoder = DecoderChain(steps: [.wordPiece(WordPieceDecoder())])
        parts.makeTemplate = { try layout.template(roles, $0) }
        return parts
    }

    /// The tokens of the file.
    var tokens: TokenList { list }
}

extension WordPieceModel {
    /// Creates the model of BERT. `unknown` must be in the vocabulary.
    init(_ vocabulary: Vocabulary, unknown: String) {
        self.init(
            vocabulary: vocabulary, unknownID: vocabulary.id(of: unknown) ?? 0, prefix: Array("##".utf8),
            maxScalarsPerWord: 100)
    }
}
