/// The parts of a tokenizer, as `tokenizer.json` or the older files of a class describe them.
struct TokenizerParts {
    /// The file, for messages.
    let source: String
    var tokens: TokenList
    /// Makes the model over the vocabulary with the added tokens in it.
    var makeModel: (Vocabulary) throws -> SubwordModel
    var normalizer: [NormalizerStep] = []
    var preTokenizer: [PreTokenizerStep] = []
    /// Makes the template, by default one without special tokens in which the second text has type 1.
    var makeTemplate: (Vocabulary) throws -> SequenceTemplate = { _ in .bare }
    /// How the post-processor trims white space from offsets; nil if it does not.
    var trimming: Trimming?
    var decoder: DecoderChain?
    var addedTokens: [AddedToken] = []
    /// Whether this is a `tokenizer.json`.
    var isTokenizerJSON = false
    /// The parts of `tokenizer.json` that are not inside a `Sequence`, which settings of a class don't reach.
    var single = Single()
    /// The sides of the truncation and padding of `tokenizer.json`.
    var truncationSide: Side?
    var paddingSide: Side?
    /// The padding token of `tokenizer.json`.
    var paddingToken: String?

    struct Single {
        var normalizer = true
        var preTokenizer = true
        var postProcessor = true
    }

    struct Trimming {
        var isOn: Bool
        var addsPrefixSpace: Bool
    }

    init(source: String, tokens: TokenList, makeModel: @escaping (Vocabulary) throws -> SubwordModel) {
        self.source = source
        self.tokens = tokens
        self.makeModel = makeModel
    }
}

extension SequenceTemplate {
    /// No special tokens; of two texts the second has type 1.
    static let bare = SequenceTemplate(
        single: [.sequence(0, typeID: 0)], pair: [.sequence(0, typeID: 0), .sequence(1, typeID: 1)])
}
