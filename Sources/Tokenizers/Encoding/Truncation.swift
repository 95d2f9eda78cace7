/// What to do with a text, or a pair, that has more tokens than the maximum.
public enum Truncation: String, Sendable, Hashable, CaseIterable {
    /// Throw an error.
    case error
    /// Remove tokens from the longer of the two until both fit.
    case longestFirst = "longest_first"
    /// Remove tokens from the first text only.
    case onlyFirst = "only_first"
    /// Remove tokens from the second text only.
    case onlySecond = "only_second"
    /// Keep every token, whatever the maximum.
    case doNotTruncate = "do_not_truncate"
}

/// One of the two ends of a sequence.
public enum Side: String, Sendable, Hashable, CaseIterable {
    /// The beginning.
    case left
    /// The end.
    case right
}

/// How a text is encoded; by default whole.
public struct EncodingOptions: Sendable, Hashable {
    /// Adds the special tokens of the model.
    public var addsSpecialTokens = true
    /// The maximum number of tokens, special tokens included; nil for no limit.
    public var maxLength: Int?
    /// What to do with more tokens than ``maxLength``.
    public var truncation = Truncation.error
    /// The number of tokens by which windows over a long text overlap.
    public var stride = 0
    /// The end of a text that truncation removes; nil for that of the tokenizer (``TokenizerDefaults/truncationSide``).
    public var truncationSide: Side?

    /// Makes options.
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
