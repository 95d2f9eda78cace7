/// A text, or a pair of texts, as the input of a model.
///
/// All arrays have one element for each token.
public struct Encoding: Sendable {
    /// The tokens' ids.
    public internal(set) var ids: [Int32] = []
    /// Which segment each token belongs to: 0, or 1 in the second text of a pair.
    public internal(set) var typeIDs: [Int32] = []
    /// 1 for a token, 0 for padding.
    public internal(set) var attentionMask: [UInt8] = []
    /// 1 for special tokens that were put around the texts and for padding, 0 for tokens of a text.
    public internal(set) var specialTokensMask: [UInt8] = []
    /// The range of each token in its text, in bytes of UTF-8; `0..<0` for special tokens and padding.
    public internal(set) var offsets: [Range<Int>] = []
    /// The number of the word, in its text, that each token is a piece of; nil for special tokens and padding.
    public internal(set) var wordIDs: [Int32?] = []
    /// The text that each token comes from: 0, or 1 for the second of a pair; nil for special tokens and padding.
    public internal(set) var sequenceIDs: [Int32?] = []
    /// The windows over the truncated part, in order.
    public internal(set) var overflow: [Encoding] = []
    /// The number of tokens that the whole text has, special tokens included: more than `count` if it was truncated.
    public internal(set) var fullCount = 0

    let vocabulary: Vocabulary

    /// The number of tokens.
    public var count: Int { ids.count }

    /// The tokens as text.
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
        for token in tokens {
            ids.append(token.id)
            typeIDs.append(typeID)
            specialTokensMask.append(0)
            offsets.append(Range(uncheckedBounds: (Int(token.start), Int(max(token.start, token.end)))))
            wordIDs.append(token.word)
            sequenceIDs.append(sequence)
        }
    }
}
