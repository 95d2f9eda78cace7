/// The offsets of the sequences in a packed batch, a `[total tokens, …]` tensor without padding.
public struct PackedSequences: Sendable, Hashable {
    /// The `count + 1` row offsets: sequence `i` has the rows `offsets[i]..<offsets[i + 1]`.
    public let offsets: [Int32]
    /// The number of tokens in the longest sequence.
    public let maximumLength: Int

    /// Creates sequences with the given lengths, in order.
    ///
    /// - Throws: ``BertError`` with code `invalidArgument` if a length is negative or the total is 2³¹ tokens or more.
    public init(lengths: some Collection<Int>) throws {
        var offsets: [Int32] = [0]
        offsets.reserveCapacity(lengths.count + 1)
        var longest = 0
        for length in lengths {
            let (next, overflow) = offsets[offsets.count - 1].addingReportingOverflow(
                Int32(truncatingIfNeeded: length))
            guard length >= 0, length <= Int(Int32.max), !overflow else {
                throw BertError(.invalidArgument, "a sequence can't have \(length) tokens")
            }
            offsets.append(next)
            longest = max(longest, length)
        }
        self.offsets = offsets
        maximumLength = longest
    }

    /// The number of sequences.
    public var count: Int { offsets.count - 1 }
    /// The total number of tokens.
    public var totalLength: Int { Int(offsets[offsets.count - 1]) }

    /// The rows of a sequence.
    public subscript(sequence: Int) -> Range<Int> { Int(offsets[sequence])..<Int(offsets[sequence + 1]) }

    /// The rows of each sequence.
    public var ranges: [Range<Int>] { (0..<count).map { self[$0] } }

    /// The lengths of the sequences.
    public var lengths: [Int] { (0..<count).map { self[$0].count } }
}
