/// A text or a pair of texts that a model processes together.
public struct PairedText: Sendable, Hashable {
    /// The text, or the first text of the pair.
    public var text: String
    /// The second text of the pair; nil for a single text.
    public var pair: String?

    /// Creates a text or a pair.
    public init(_ text: String, pair: String? = nil) {
        self.text = text
        self.pair = pair
    }
}
