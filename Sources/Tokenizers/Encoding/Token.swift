/// A token of a text, before special tokens are added.
struct Token: Sendable, Hashable {
    var id: Int32
    /// The byte range in the text.
    var start: UInt32
    var end: UInt32
    /// The index of the word that the token belongs to.
    var word: Int32
}
