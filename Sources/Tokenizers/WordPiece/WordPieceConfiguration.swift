/// The settings of a WordPiece tokenizer; the defaults are those of uncased BERT.
public struct WordPieceConfiguration: Sendable, Hashable {
    /// The normalizer that texts pass before they are split.
    public var normalizer = BertNormalizer()
    /// The token for a word that the vocabulary can't spell.
    public var unknownToken = "[UNK]"
    /// The token before the first text.
    public var classificationToken = "[CLS]"
    /// The token after each text.
    public var separatorToken = "[SEP]"
    /// The token that pads shorter texts of a batch.
    public var paddingToken = "[PAD]"
    /// The token in place of a word to predict.
    public var maskToken = "[MASK]"
    /// More tokens to find in the text; or one of the above, to say how it is found.
    ///
    /// A token that the vocabulary has gets the vocabulary's id, and one with a negative id the next free id.
    public var addedTokens: [AddedToken] = []
    /// Words that stay whole where they stand between white space.
    public var neverSplit: [String] = []
    /// What every piece of a word but the first begins with.
    public var continuingPrefix = "##"
    /// Longer words, in Unicode scalars, are unknown.
    public var maxScalarsPerWord = 100
    /// The most tokens the model takes.
    public var modelMaxLength: Int?
    /// Finds the five tokens above in the text.
    public var findsSpecialTokens = true
    /// How special tokens surround texts; nil for BERT's template.
    public var template: SequenceTemplate?
    /// How decoding joins tokens.
    public var decoder = WordPieceDecoder()

    /// Makes the configuration of uncased BERT.
    public init() {}
}

extension WordPieceTokenizer {
    /// Makes a tokenizer from the bytes of a `vocab.txt`: one token a line, whose id is the line's number from 0. If a token
    /// occurs twice, its last line counts.
    ///
    /// - Throws: `TokenizerError` if the vocabulary is not UTF-8 or lacks a token that BERT needs.
    public init(
        vocabTxt: UnsafeBufferPointer<UInt8>, source: String = "vocab.txt",
        configuration: WordPieceConfiguration = WordPieceConfiguration()
    ) throws(TokenizerError) {
        try self.init(TokenList(vocabTxt: vocabTxt, source: source), configuration)
    }

    private init(_ list: TokenList, _ configuration: WordPieceConfiguration) throws(TokenizerError) {
        guard configuration.maxScalarsPerWord > 0 else {
            throw TokenizerError(
                .invalidArgument, "must be 1 or more; 100 is usual", file: list.source, key: "maxScalarsPerWord",
                value: .int(configuration.maxScalarsPerWord), limit: 1)
        }
        let roles = [
            configuration.unknownToken, configuration.classificationToken, configuration.separatorToken,
            configuration.paddingToken, configuration.maskToken,
        ]
        var (vocabulary, added) = try Vocabulary.make(list, adding: configuration.addedTokens)
        // Spellings by their bytes: `==` of strings is about canonical equivalence.
        var spellings = Set(configuration.addedTokens.map { Array($0.content.utf8) })

        func required(_ token: String, _ role: TokenRole) throws(TokenizerError) -> Int32 {
            if let id = vocabulary.id(of: token) { return id }
            throw TokenizerError(
                .missingToken, "the vocabulary has no token \"\(token)\"; add it, or configure the right one",
                file: list.source, key: role.rawValue, value: .string(token))
        }
        let unknown = try required(configuration.unknownToken, .unknown)
        let template: SequenceTemplate
        if let given = configuration.template {
            template = given
        } else {
            template = .bert(
                classification: try required(configuration.classificationToken, .classification),
                separator: try required(configuration.separatorToken, .separator))
        }
        let special = SpecialTokens(
            unknown: unknown, classification: vocabulary.id(of: configuration.classificationToken),
            separator: vocabulary.id(of: configuration.separatorToken),
            padding: vocabulary.id(of: configuration.paddingToken), mask: vocabulary.id(of: configuration.maskToken))
        for role in configuration.findsSpecialTokens ? roles : [] {
            guard let id = vocabulary.id(of: role), spellings.insert(Array(role.utf8)).inserted else { continue }
            added.append(AddedToken(role, id: id))
        }
        for word in configuration.neverSplit where spellings.insert(Array(word.utf8)).inserted {
            added.append(
                AddedToken(
                    word, id: vocabulary.id(of: word) ?? unknown, isSpecial: false, isWhitespaceDelimited: true))
        }
        var defaults = TokenizerDefaults()
        defaults.modelMaxLength = configuration.modelMaxLength
        self.init(
            TokenizerCore(
                vocabulary: vocabulary, specialTokens: special, addedTokens: added, template: template,
                defaults: defaults, decoder: DecoderChain(steps: [.wordPiece(configuration.decoder)])),
            WordPieceModel(
                vocabulary: vocabulary, unknownID: unknown, prefix: Array(configuration.continuingPrefix.utf8),
                maxScalarsPerWord: configuration.maxScalarsPerWord), configuration.normalizer)
    }
}
