/// The default settings of a tokenizer, from the model's files and the tokenizer class.
///
/// The names are those of `PreTrainedTokenizerBase` in `transformers`.
public struct TokenizerDefaults: Sendable, Hashable {
    /// The Python class without `Fast`, for example `RobertaTokenizer`; nil if the files don't specify one.
    public var tokenizerClass: String?
    /// The maximum number of tokens, including special tokens; nil for no limit.
    public var modelMaxLength: Int?
    /// The model inputs that the tokenizer provides. Models get token types only if `token_type_ids` is included.
    public var modelInputNames = ["input_ids", "token_type_ids", "attention_mask"]
    /// The side of a text to truncate.
    public var truncationSide = Side.right
    /// The side to pad.
    public var paddingSide = Side.right
    /// Whether decoding removes spaces before English punctuation and contractions.
    public var cleansUpTokenizationSpaces = false

    /// Creates the defaults of `PreTrainedTokenizerBase`.
    public init() {}

    /// Whether the tokenizer provides token types.
    public var hasTokenTypes: Bool { modelInputNames.contains("token_type_ids") }
}
