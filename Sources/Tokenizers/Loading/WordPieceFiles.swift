/// `vocab.txt` of a WordPiece tokenizer, from before `tokenizer.json`.
struct WordPieceFiles {
    private let list: TokenList

    /// The file; nil if it is missing.
    init?(_ files: TokenizerFiles) throws {
        guard let bytes = try files.bytes(of: "vocab.txt") else { return nil }
        list = try bytes.withUnsafeBufferPointer { text throws(TokenizerError) in
            try TokenList(vocabTxt: text, source: files.path(of: "vocab.txt"))
        }
    }

    /// The parts that `transformers` makes of the file: `BertConverter`, `FunnelConverter` and `MPNetConverter`.
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

    /// The tokens and nothing more.
    var tokens: TokenList { list }
}

extension WordPieceModel {
    /// BERT's model; `unknown` must be a token of the vocabulary.
    init(_ vocabulary: Vocabulary, unknown: String) {
        self.init(
            vocabulary: vocabulary, unknownID: vocabulary.id(of: unknown) ?? 0, prefix: Array("##".utf8),
            maxScalarsPerWord: 100)
    }
}
