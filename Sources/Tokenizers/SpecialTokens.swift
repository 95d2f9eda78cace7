/// The ids of the tokens with a role of their own; nil for roles that the tokenizer does not have.
public struct SpecialTokens: Sendable, Hashable {
    /// What stands for a word that the vocabulary can't spell.
    public var unknown: Int32?
    /// What stands before the first text: `[CLS]`.
    public var classification: Int32?
    /// What stands after each text: `[SEP]`.
    public var separator: Int32?
    /// What fills up a shorter text of a batch.
    public var padding: Int32?
    /// What stands for a word that is to be guessed.
    public var mask: Int32?

    /// Makes a set of special tokens.
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
