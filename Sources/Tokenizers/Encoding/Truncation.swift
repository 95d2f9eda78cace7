/// The handling of texts and pairs that exceed the maximum number of tokens.
public enum Truncation: String, Sendable, Hashable, CaseIterable {
    /// Throw an error.
    case error
    /// Remove tokens from the longer text of a pair until both fit.
    case longestFirst = "longest_first"
    /// Remove tokens from the first text.
    case onlyFirst = "only_first"
    /// Remove tokens from the second text.
    case onlySecond = "only_second"
    /// Keep all tokens.
    case doNotTruncate = "do_not_truncate"
}

/// A side of a sequence.
public enum Side: String, Sendable, Hashable, CaseIterable {
    /// The start.
    case left
    /// The end.
    case right
}

/// Options for encoding texts. By default, texts aren't truncated.
public struct EncodingOptions: Sendable, Hashable {
    /// Whether to add the special tokens of the model.
    public var addsSpecialTokens = true
    /// The maximum number of tokens, including special tokens; nil for no limit.
    public var maxLength: Int?
    /// The handling of texts that exceed ``maxLength``.
    public var truncation = Truncation.error
    /// The overlap of windows over a long text, in tokens.
    public var stride = 0
    /// The side of a text to truncate; nil for that of the tokenizer (``TokenizerDefaults/truncationSide``).
    public var truncationSide: Side?

    /// Creates options.
    public init(
        addsSpecialTokens: Bool = true, maxLength: Int? = nil, truncation: Truncation = .error, stride: Int = 0,
        truncationSide: Side? = nil
    ) {
        self.addsSpecialTokens = addsSpecialTokens
        self.maxLength = maxLength
        self.truncation = truncation
        self.stride = stride
        self.truncationSide = truncationSide
    }
}
