/// The settings of a WordPiece tokenizer. The defaults are those of uncased BERT.
public struct WordPieceConfiguration: Sendable, Hashable {
    /// The normalizer that is applied before splitting.
    public var normalizer = BertNormalizer()
    /// The token for unknown words.
    public var unknownToken = "[UNK]"
    /// The token before the first text.
    public var classificationToken = "[CLS]"
    /// The token after each text.
    public var separatorToken = "[SEP]"
    /// The padding token.
    public var paddingToken = "[PAD]"
    /// The mask token.
    public var maskToken = "[MASK]"
    /// Additional tokens to match in texts. Also overrides the properties of the tokens above.
    ///
    /// A token that is already in the vocabulary gets its id there, and a token with a negative id gets the next free
    /// id.
    public var addedTokens: [AddedToken] = []
    /// Words that aren't split if they are surrounded by white space.
    public var neverSplit: [String] = []
    /// The prefix of tokens that continue a word.
    public var continuingPrefix = "##"
    /// The maximum length of known words in Unicode scalars.
    public var maxScalarsPerWord = 100
    /// The maximum number of tokens of the model.
    public var modelMaxLength: Int?
    /// Whether to match the five tokens above in texts.
    public var findsSpecialTokens = true
    /// The placement of special tokens; nil for BERT's template.
    public var template: SequenceTemplate?
    /// The decoder.
    public var decoder = WordPieceDecoder()

    /// Creates the configuration of uncased BERT.
    public init() {}
}

extension WordPieceTokenizer {
    /// Creates a tokenizer from a `vocab.txt` with one token per line, whose id is the line number, starting at 0. If a
    /// token occurs twice, the last line is used.
    ///
    /// - Throws: `TokenizerError` if the vocabulary isn't UTF-8 or doesn't contain a token that BERT requires.
    public init(
        vocabTxt: UnsafeBufferPointer<UInt8>, source: String = "vocab.txt",
        configuration: WordPieceConfiguration = WordPieceConfiguration()
    ) throws(TokenizerError) {
        try self.init(TokenList(vocabTxt: vocabTxt, source: source), configuration)
    }

    private init(_ list: TokenList, _ configuration: WordPieceConfiguration) throws(TokenizerError) {
        guard configuration.maxScalarsPerWord > 0 else {
            throw TokenizerError(
                .invalidArgument, "must be at least 1; the usual value is 100", file: list.source,
                key: "maxScalarsPerWord",
                value: .int(configuration.maxScalarsPerWord), limit: 1)
        }
        let roles = [
            configuration.unknownToken, configuration.classificationToken, configuration.separatorToken,
            configuration.paddingToken, configuration.maskToken,
        ]
        var (vocabulary, added) = try Vocabulary.make(list, adding: configuration.addedTokens)
        // Compare bytes, because `==` of strings compares canonical equivalence.
        var spellings = Set(configuration.addedTokens.map { Array($0.content.utf8) })

        func required(_ token: String, _ role: TokenRole) throws(TokenizerError) -> Int32 {
            if let id = vocabulary.id(of: token) { return id }
            throw TokenizerError(
                .missingToken, "the vocabulary has no token \"\(token)\"; add it, or configure another one",
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
