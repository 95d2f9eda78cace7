/// The padding of a batch of encodings to the same length.
public struct Padding: Sendable, Hashable {
    /// The target length.
    public enum Length: Sendable, Hashable {
        /// The length of the longest encoding in the batch.
        case longest
        /// A fixed number of tokens. Longer encodings are unchanged.
        case fixed(Int)
    }

    /// The target length.
    public var length = Length.longest
    /// A number to round the length up to a multiple of.
    public var multiple = 1
    /// The side to pad; nil for that of the tokenizer (``TokenizerDefaults/paddingSide``).
    public var side: Side?
    /// The type id of padding tokens.
    public var typeID: Int32 = 0

    /// Creates padding options.
    public init(length: Length = .longest, multiple: Int = 1, side: Side? = nil, typeID: Int32 = 0) {
        self.length = length
        self.multiple = multiple
        self.side = side
        self.typeID = typeID
    }
}

extension Tokenizer {
    /// Pads the encodings of a batch, and their overflow windows, to the same length.
    ///
    /// - Throws: `TokenizerError` if the tokenizer has no padding token or the multiple is less than 1.
    public func padded(_ encodings: [Encoding], _ padding: Padding = Padding()) throws(TokenizerError) -> [Encoding] {
        guard let id = specialTokens.padding else {
            throw TokenizerError(
                .missingToken, "the tokenizer has no padding token; set pad_token in tokenizer_config.json",
                key: "pad_token")
        }
        guard padding.multiple >= 1 else {
            throw TokenizerError(
                .invalidArgument, "must be 1 or more", key: "multiple", value: .int(padding.multiple), limit: 1)
        }
        let length =
            switch padding.length {
            case .longest: encodings.lazy.map(\.count).max() ?? 0
            case .fixed(let length): length
            }
        let excess = length % padding.multiple
        let (target, overflow) = length.addingReportingOverflow(excess > 0 ? padding.multiple - excess : 0)
        guard !overflow, target < 1 << 24 else {
            throw TokenizerError(
                .invalidArgument, "padding to \(length) tokens, a multiple of \(padding.multiple), is not supported",
                key: "length", value: .int(length), limit: .int(1 << 24))
        }
        return encodings.map { encoding in
            var encoding = encoding
            encoding.pad(to: target, with: id, padding, padding.side ?? defaults.paddingSide)
            return encoding
        }
    }
}

extension Encoding {
    fileprivate mutating func pad(to target: Int, with id: Int32, _ padding: Padding, _ side: Side) {
        for i in overflow.indices { overflow[i].pad(to: target, with: id, padding, side) }
        guard target > count else { return }
        let missing = target - count
        let place = side == .left ? 0 : count
        func fill<T>(_ array: inout [T], _ value: T) {
            array.insert(contentsOf: repeatElement(value, count: missing), at: place)
        }
        fill(&ids, id)
        fill(&typeIDs, padding.typeID)
        fill(&attentionMask, 0)
        fill(&specialTokensMask, 1)
        fill(&offsets, 0..<0)
        fill(&wordIDs, nil)
        fill(&sequenceIDs, nil)
    }
}
