/// A token of one text, before special tokens are added.
struct Token: Sendable, Hashable {
    var id: Int32
    /// Its bytes in the text.
    var start: UInt32
    var end: UInt32
    /// The number of the word that it is a piece of.
    var word: Int32
}
