import BertCore

/// The tokens that a model gives results for, where its results are one row per token: hidden states, vocabulary scores,
/// labels of tokens.
///
/// Attention still sees every token; the last layer and the head compute these rows alone. Results about whole sequences
/// don't depend on it, nor do hidden states and attentions that were asked for.
public enum TokenRows: Sendable, Hashable {
    /// Every token that is not masked out (all tokens with ``ForwardOptions/maskedTokens``), in order.
    case all
    /// The first token of each sequence, in order; a sequence without tokens is an error.
    case first
    /// The tokens at these indices, in this order.
    ///
    /// An index counts the tokens of the input as given, masked-out ones included, all sequences in a row: token `t` of
    /// sequence `s` is `lengths[0] + … + lengths[s − 1] + t`. A token may come more than once, and may be masked out.
    case at([Int])
}

/// ``TokenRows`` of one packed input.
struct RowSelection {
    /// For each sequence the rows to compute behind the last layer, by their index among the sequence's kept tokens;
    /// ascending. Nil: all of them.
    let computed: [[Int]]?
    /// For each row to give, its index among the computed ones; nil: the computed ones as they are.
    let given: [Int]?

    static let all = RowSelection(computed: nil, given: nil)

    private init(computed: [[Int]]?, given: [Int]?) {
        self.computed = computed
        self.given = given
    }

    /// - Parameters:
    ///   - rows: what a caller reads.
    ///   - needsFirst: whether a head reads each sequence's first token besides.
    ///   - computesAll: whether every row is computed whatever is read.
    /// - Throws: ``BertError`` with code `invalidInput` if a sequence has no first token; `invalidArgument` for an index
    ///   that is not there.
    init(_ rows: TokenRows, of packed: PackedInput, needsFirst: Bool = false, computesAll: Bool = false) throws {
        let sequences = packed.sequences
        switch rows {
        case .all:
            self = .all
        case .first:
            if let empty = (0..<sequences.count).first(where: { sequences[$0].isEmpty }) {
                throw BertError(.invalidInput, "sequence \(empty) has no tokens")
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
                        "rows asks for token \(index); the input's tokens are 0 to \(packed.tokenCount - 1)")
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
