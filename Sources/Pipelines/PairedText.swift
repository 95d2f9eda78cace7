/// A text, or a pair of texts that a model reads together.
public struct PairedText: Sendable, Hashable {
    /// The text, or the first of the two.
    public var text: String
    /// The second of the two; nil if there is none.
    public var pair: String?

    /// A text, or a pair.
    public init(_ text: String, pair: String? = nil) {
        self.text = text
        self.pair = pair
    }
}
