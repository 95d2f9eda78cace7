/// A token of one word: its id and the bytes of the word that it stands for.
struct Piece {
    var id: Int32
    var start: UInt32
    var end: UInt32
}
