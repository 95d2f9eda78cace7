/// The parts of a tokenizer, from `tokenizer.json` or the older files of a class.
struct TokenizerParts {
    /// The file, for messages.
    let source: String
    var tokens: TokenList
    /// Creates the model for the vocabulary including added tokens.
    var makeModel: (Vocabulary) throws -> SubwordModel
    var normalizer: [NormalizerStep] = []
    var preTokenizer: [PreTokenizerStep] = []
    /// Creates the template. The default has no special tokens, and type 1 for the second text.
    var makeTemplate: (Vocabulary) throws -> SequenceTemplate = { _ in .bare }
    /// The post-processor's trimming of white space from offsets; nil for none.
    var trimming: Trimming?
    var decoder: DecoderChain?
    var addedTokens: [AddedToken] = []
    /// Whether the parts come from a `tokenizer.json`.
    var isTokenizerJSON = false
    /// The parts of `tokenizer.json` that aren't nested in a `Sequence`. Settings of a class apply only to these.
    var single = Single()
    /// The truncation and padding sides in `tokenizer.json`.
    var truncationSide: Side?
    var paddingSide: Side?
    /// The padding token in `tokenizer.json`.
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
    /// A template without special tokens, with type 1 for the second text.
    static let bare = SequenceTemplate(
        single: [.sequence(0, typeID: 0)], pair: [.sequence(0, typeID: 0), .sequence(1, typeID: 1)])
}
