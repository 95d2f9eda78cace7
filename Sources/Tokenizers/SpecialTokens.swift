/// The ids of special tokens by role; nil for roles without a token.
public struct SpecialTokens: Sendable, Hashable {
    /// The unknown token.
    public var unknown: Int32?
    /// The token before the first text: `[CLS]`.
    public var classification: Int32?
    /// The token after each text: `[SEP]`.
    public var separator: Int32?
    /// The padding token.
    public var padding: Int32?
    /// The mask token.
    public var mask: Int32?

    /// Creates a set of special tokens.
    public init(
        unknown: Int32? = nil, classification: Int32? = nil, separator: Int32? = nil, padding: Int32? = nil,
        mask: Int32? = nil
    ) {
        self.unknown = unknown
        self.classification = classification
        self.separator = separator
        self.padding = padding
        self.mask = mask
    }
}
