import BertCore

/// The tokens to compute, for results with one row per token: hidden states, vocabulary scores or labels of tokens.
///
/// Attention is always over all tokens; only the last layer and the head are limited to these rows. Results for whole
/// sequences aren't affected, and neither are requested hidden states and attentions.
public enum TokenRows: Sendable, Hashable {
    /// All tokens that aren't masked out, in order; all tokens with ``ForwardOptions/maskedTokens``.
    case all
    /// The first token of each sequence, in order. A sequence without tokens is an error.
    case first
    /// The tokens at the given indices, in this order.
    ///
    /// Indices count all tokens of the input, including masked-out ones: token `t` of sequence `s` has the index
    /// `lengths[0] + … + lengths[s − 1] + t`. Tokens may be repeated and may be masked out.
    case at([Int])
}

/// The ``TokenRows`` of a packed input.
struct RowSelection {
    /// The rows to compute in the last layer: for each sequence, ascending indices among its kept tokens; nil for all.
    let computed: [[Int]]?
    /// The index of each returned row among the computed ones; nil to return the computed rows.
    let given: [Int]?

    static let all = RowSelection(computed: nil, given: nil)

    private init(computed: [[Int]]?, given: [Int]?) {
        self.computed = computed
        self.given = given
    }

    /// Selects the rows of an input.
    ///
    /// - Parameters:
    ///   - rows: The rows that the caller reads.
    ///   - needsFirst: Whether a head also reads the first token of each sequence.
    ///   - computesAll: Whether all rows are computed regardless.
    /// - Throws: ``BertError`` with code `invalidInput` if a sequence has no first token; `invalidArgument` for an
    ///   index that is out of range.
    init(_ rows: TokenRows, of packed: PackedInput, needsFirst: Bool = false, computesAll: Bool = false) throws {
        let sequences = packed.sequences
        switch rows {
        case .all:
            self = .all
        case .first:
            if let empty = (0..<sequences.count).first(where: { sequences[$0].isEmpty }) {
                throw BertError(.invalidInput, "the sequence has no tokens", record: empty, of: "sequence")
            }
            self.init(
                computed: computesAll ? nil : Array(repeating: [0], count: sequences.count),
                given: computesAll ? sequences.offsets.dropLast().map(Int.init) : nil)
        case .at(let indices):
            // The kept tokens are in the order of the input.
            let kept = try indices.map { index in
                guard let kept = packed.index(ofToken: index) else {
                    throw BertError(
                        .invalidArgument,
                        "the token \(index) is out of range; tokens are 0 to \(packed.tokenCount - 1)", key: "rows",
                        value: .int(index), limit: .int(packed.tokenCount - 1))
                }
                return kept
            }
            guard !computesAll else {
                self.init(computed: nil, given: kept)
                return
            }
            let wanted = Set(kept)
            var computed: [[Int]] = []
            var numbers: [Int: Int] = [:]
            for sequence in 0..<sequences.count {
                let range = sequences[sequence]
                let rows = range.filter { wanted.contains($0) || needsFirst && $0 == range.lowerBound }
                for row in rows { numbers[row] = numbers.count }
                computed.append(rows.map { $0 - range.lowerBound })
            }
            self.init(computed: computed, given: kept.compactMap { numbers[$0] })
        }
    }
}
