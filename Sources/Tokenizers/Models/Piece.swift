/// A token of a word: its id and its byte range in the word.
struct Piece {
    var id: Int32
    var start: UInt32
    var end: UInt32
}
