/// A token of one text, before special tokens are put around it.
struct Token: Sendable, Hashable {
    var id: Int32
    /// The bytes of the text that it stands for.
    var start: UInt32
    var end: UInt32
    /// The number of the word that it is a piece of.
    var word: Int32
}
