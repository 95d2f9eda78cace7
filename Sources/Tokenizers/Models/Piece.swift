/// A token of one word: its id and its bytes in the word.
struct Piece {
    var id: Int32
    var start: UInt32
    var end: UInt32
}
