/// The numbering of token positions if the caller doesn't specify any.
public enum PositionRule: Sendable, Hashable {
    /// 0, 1, 2, … (BERT).
    case absolute
    /// padding + 1, padding + 2, … for tokens other than padding, and the padding id for padding (RoBERTa,
    /// `create_position_ids_from_input_ids`).
    case afterPadding(Int)
    /// 0, 1, 2, … without a limit, because there is no position table (DeBERTa).
    case unlimited

    /// The position of a sequence's first token.
    var firstPosition: Int {
        switch self {
        case .absolute, .unlimited: 0
        case .afterPadding(let padding): padding + 1
        }
    }

    /// Returns the number of available positions for a table with `rows` rows.
    func limit(_ rows: Int) -> Int { self == .unlimited ? Int(Int32.max) : rows }

    func positions(of input: ModelInput) -> [Int32] {
        var result: [Int32] = []
        result.reserveCapacity(input.tokenCount)
        var start = 0
        for length in input.lengths {
            if case (.afterPadding(let padding), .ids(let ids)) = (self, input.words) {
                var seen = 0
                for id in ids[start..<start + length] {
                    let isPadding = Int(id) == padding
                    if !isPadding { seen += 1 }
                    result.append(Int32(clamping: padding + (isPadding ? 0 : seen)))
                }
            } else {
                for place in 0..<length { result.append(Int32(clamping: firstPosition + place)) }
            }
            start += length
        }
        return result
    }
}
