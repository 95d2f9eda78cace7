/// The tokens of a text or a pair of texts, as the input of a model.
///
/// All arrays have one element per token.
public struct Encoding: Sendable {
    /// The ids of the tokens.
    public internal(set) var ids: [Int32] = []
    /// The segment of each token: 0, or 1 for the second text of a pair.
    public internal(set) var typeIDs: [Int32] = []
    /// 1 for tokens, 0 for padding.
    public internal(set) var attentionMask: [UInt8] = []
    /// 1 for padding and for special tokens added around the texts, 0 for tokens of a text.
    public internal(set) var specialTokensMask: [UInt8] = []
    /// The range of each token in its text, in UTF-8 bytes; `0..<0` for special tokens and padding.
    public internal(set) var offsets: [Range<Int>] = []
    /// The index of the word that each token belongs to; nil for special tokens and padding.
    public internal(set) var wordIDs: [Int32?] = []
    /// The text that each token comes from: 0, or 1 for the second text of a pair; nil for special tokens and padding.
    public internal(set) var sequenceIDs: [Int32?] = []
    /// The windows over the truncated part, in order.
    public internal(set) var overflow: [Encoding] = []
    /// The number of tokens before truncation, including special tokens.
    public internal(set) var fullCount = 0

    let vocabulary: Vocabulary

    /// The number of tokens.
    public var count: Int { ids.count }

    /// The tokens as strings.
    public var tokens: [String] { ids.map { vocabulary.token($0) ?? "" } }

    init(vocabulary: Vocabulary, capacity: Int) {
        self.vocabulary = vocabulary
        ids.reserveCapacity(capacity)
        typeIDs.reserveCapacity(capacity)
        specialTokensMask.reserveCapacity(capacity)
        offsets.reserveCapacity(capacity)
        wordIDs.reserveCapacity(capacity)
        sequenceIDs.reserveCapacity(capacity)
    }

    mutating func append(special id: Int32, typeID: Int32) {
        ids.append(id)
        typeIDs.append(typeID)
        specialTokensMask.append(1)
        offsets.append(0..<0)
        wordIDs.append(nil)
        sequenceIDs.append(nil)
    }

    mutating func append(_ tokens: ArraySlice<Token>, sequence: Int32, typeID: Int32) {
        let count = tokens.count
        ids.append(contentsOf: tokens.lazy.map { $0.id })
        typeIDs.append(contentsOf: repeatElement(typeID, count: count))
        specialTokensMask.append(contentsOf: repeatElement(0, count: count))
        offsets.append(
            contentsOf: tokens.lazy.map { Range(uncheckedBounds: (Int($0.start), Int(max($0.start, $0.end)))) })
        wordIDs.append(contentsOf: tokens.lazy.map { Optional($0.word) })
        sequenceIDs.append(contentsOf: repeatElement(Optional(sequence), count: count))
    }
}
