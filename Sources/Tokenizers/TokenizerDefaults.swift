/// What a model's files, and its tokenizer class, say about how the tokenizer is used.
///
/// The names are those of `PreTrainedTokenizerBase` of `transformers`.
public struct TokenizerDefaults: Sendable, Hashable {
    /// The Python class without `Fast`, for example `RobertaTokenizer`; nil if the files name none.
    public var tokenizerClass: String?
    /// The most tokens that the model takes, special tokens included; nil for no limit.
    public var modelMaxLength: Int?
    /// The inputs that the model gets from the tokenizer. Models get token types only if `token_type_ids` is among them.
    public var modelInputNames = ["input_ids", "token_type_ids", "attention_mask"]
    /// The end of a text that truncation removes.
    public var truncationSide = Side.right
    /// The side that padding is added to.
    public var paddingSide = Side.right
    /// Whether decoding removes the spaces before punctuation marks and contractions of English.
    public var cleansUpTokenizationSpaces = false

    /// Makes the defaults of `PreTrainedTokenizerBase`.
    public init() {}

    /// Whether the model gets token types from the tokenizer.
    public var hasTokenTypes: Bool { modelInputNames.contains("token_type_ids") }
}
