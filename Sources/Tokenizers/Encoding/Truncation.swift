/// What to do with a text, or a pair, of more tokens than asked for.
public enum Truncation: String, Sendable, Hashable, CaseIterable {
    /// Throw an error that gives the counts.
    case error
    /// Cut the longer of the two until both fit, and a single text at its end.
    case longestFirst = "longest_first"
    /// Cut the first text only.
    case onlyFirst = "only_first"
    /// Cut the second text only.
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

/// How a text is encoded; the defaults neither cut nor lose anything.
public struct EncodingOptions: Sendable, Hashable {
    /// Puts the special tokens of the model around the texts.
    public var addsSpecialTokens = true
    /// The most tokens to make, special tokens included; nil for no limit.
    public var maxLength: Int?
    /// What to do with more.
    public var truncation = Truncation.error
    /// The number of tokens that a window of the overflow repeats of the window before.
    public var stride = 0
    /// The side that is cut.
    public var truncationSide = Side.right

    /// Makes options.
    public init(
        addsSpecialTokens: Bool = true, maxLength: Int? = nil, truncation: Truncation = .error, stride: Int = 0,
        truncationSide: Side = .right
    ) {
        self.addsSpecialTokens = addsSpecialTokens
        self.maxLength = maxLength
        self.truncation = truncation
        self.stride = stride
        self.truncationSide = truncationSide
    }
}
