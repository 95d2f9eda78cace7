/// What a WordPiece tokenizer needs to know besides its vocabulary; the defaults are those of uncased BERT.
public struct WordPieceConfiguration: Sendable, Hashable {
    /// What is done to a text before it is split.
    public var normalizer = BertNormalizer()
    /// What stands for a word that the vocabulary can't spell.
    public var unknownToken = "[UNK]"
    /// What stands before the first text.
    public var classificationToken = "[CLS]"
    /// What stands after each text.
    public var separatorToken = "[SEP]"
    /// What fills up a shorter text of a batch.
    public var paddingToken = "[PAD]"
    /// What stands for a word that is to be guessed.
    public var maskToken = "[MASK]"
    /// Tokens to look for in the text besides these; or one of these, to say how it is looked for.
    ///
    /// One that the vocabulary has gets the vocabulary's id, and one of negative id the next that is free.
    public var addedTokens: [AddedToken] = []
    /// Words that are taken as they stand when white space is around them.
    public var neverSplit: [String] = []
    /// What a piece begins with that is not the first of its word.
    public var continuingPrefix = "##"
    /// Longer words, in Unicode scalars, are unknown.
    public var maxScalarsPerWord = 100
    /// The most tokens the model takes.
    public var modelMaxLength: Int?
    /// Looks for the five tokens above in the text, as users of `transformers` expect.
    public var findsSpecialTokens = true
    /// How special tokens are put around texts; nil for BERT's way.
    public var template: SequenceTemplate?
    /// How tokens are joined when they are decoded.
    public var decoder = WordPieceDecoder()

    /// Makes the configuration of uncased BERT.
    public init() {}
}

extension WordPieceTokenizer {
    /// Makes a tokenizer of the bytes of a `vocab.txt`: a token a line, whose number, from 0, is its id.
    ///
    /// - Throws: `TokenizerError` if the vocabulary is not UTF-8, has a token twice, or lacks one that BERT can't do without.
    public init(
        vocabTxt: UnsafeBufferPointer<UInt8>, source: String = "vocab.txt",
        configuration: WordPieceConfiguration = WordPieceConfiguration()
    ) throws(TokenizerError) {
        try self.init(TokenList(vocabTxt: vocabTxt, source: source), configuration)
    }

    init(_ list: TokenList, _ configuration: WordPieceConfiguration) throws(TokenizerError) {
        guard configuration.maxScalarsPerWord > 0 else {
            throw TokenizerError(
                .invalidArgument,
                "\(list.source): words of at most \(configuration.maxScalarsPerWord) characters leave nothing; choose 1 or more, 100 is usual"
            )
        }
        let roles = [
            configuration.unknownToken, configuration.classificationToken, configuration.separatorToken,
            configuration.paddingToken, configuration.maskToken,
        ]
        let vocabulary: Vocabulary
        var added: [AddedToken]
        (vocabulary, added) = try Vocabulary.make(list, adding: configuration.addedTokens, roles: roles)
        // Spellings by their bytes: `==` of strings is about canonical equivalence.
        var spellings = Set(configuration.addedTokens.map { Array($0.content.utf8) })

        func required(_ token: String, _ role: String) throws(TokenizerError) -> Int32 {
            if let id = vocabulary.id(of: token) { return id }
            throw TokenizerError(
                .missingToken,
                "\(list.source) has no token \"\(token)\", the \(role); add it, or name the right one in tokenizer_config.json"
            )
        }
        let unknown = try required(configuration.unknownToken, "unk_token")
        let template: SequenceTemplate
        if let given = configuration.template {
            template = given
        } else {
            template = .bert(
                classification: try required(configuration.classificationToken, "cls_token"),
                separator: try required(configuration.separatorToken, "sep_token"))
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
        self.init(
            model: WordPieceModel(
                vocabulary: vocabulary, unknownID: unknown, prefix: Array(configuration.continuingPrefix.utf8),
                maxScalarsPerWord: configuration.maxScalarsPerWord),
            normalizer: configuration.normalizer, specialTokens: special, addedTokens: added, template: template,
            modelMaxLength: configuration.modelMaxLength, decoder: configuration.decoder)
    }
}
