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
    /// Words that are taken as they stand when white space is around them.
    public var neverSplit: [String] = []
    /// What a piece begins with that is not the first of its word.
    public var continuingPrefix = "##"
    /// Longer words, in Unicode scalars, are unknown.
    public var maxScalarsPerWord = 100
    /// The most tokens the model takes.
    public var modelMaxLength: Int?
    /// Drops the spaces before punctuation marks and the like when decoding.
    public var cleansUpDecoded = true

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
        let vocabulary = try Vocabulary(TokenList(vocabTxt: vocabTxt, source: source))
        try self.init(vocabulary: vocabulary, source: source, configuration: configuration)
    }

    init(vocabulary: Vocabulary, source: String, configuration: WordPieceConfiguration) throws(TokenizerError) {
        guard configuration.maxScalarsPerWord > 0 else {
            throw TokenizerError(
                .invalidArgument,
                "words of at most \(configuration.maxScalarsPerWord) characters leave nothing; choose 1 or more, 100 is usual"
            )
        }
        func required(_ token: String, _ role: String) throws(TokenizerError) -> Int32 {
            if let id = vocabulary.id(of: token) { return id }
            throw TokenizerError(
                .missingToken,
                "\(source) has no token \"\(token)\", which is the \(role); add it, or name the right one in tokenizer_config.json"
            )
        }
        let unknown = try required(configuration.unknownToken, "unk_token")
        let classification = try required(configuration.classificationToken, "cls_token")
        let separator = try required(configuration.separatorToken, "sep_token")
        let padding = vocabulary.id(of: configuration.paddingToken)
        let mask = vocabulary.id(of: configuration.maskToken)
        var added = [
            AddedToken(configuration.unknownToken, id: unknown),
            AddedToken(configuration.classificationToken, id: classification),
            AddedToken(configuration.separatorToken, id: separator),
        ]
        if let padding { added.append(AddedToken(configuration.paddingToken, id: padding)) }
        if let mask { added.append(AddedToken(configuration.maskToken, id: mask)) }
        for word in configuration.neverSplit where !added.contains(where: { $0.content == word }) {
            added.append(
                AddedToken(
                    word, id: vocabulary.id(of: word) ?? unknown, isSpecial: false, isWhitespaceDelimited: true))
        }
        self.init(
            model: WordPieceModel(
                vocabulary: vocabulary, unknownID: unknown, prefix: Array(configuration.continuingPrefix.utf8),
                maxScalarsPerWord: configuration.maxScalarsPerWord),
            normalizer: configuration.normalizer,
            specialTokens: SpecialTokens(
                unknown: unknown, classification: classification, separator: separator, padding: padding, mask: mask),
            addedTokens: added, template: .bert(classification: classification, separator: separator),
            modelMaxLength: configuration.modelMaxLength, cleansUpDecoded: configuration.cleansUpDecoded)
    }
}
