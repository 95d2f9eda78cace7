/// How the positions of tokens are counted where the caller gives none.
public enum PositionRule: Sendable, Hashable {
    /// 0, 1, 2, … (BERT).
    case absolute
    /// padding + 1, padding + 2, … over the tokens that are no padding; padding itself gets the padding's number
    /// (RoBERTa, `create_position_ids_from_input_ids`).
    case afterPadding(Int)
    /// 0, 1, 2, … without end: there is no table of positions (DeBERTa).
    case unlimited

    /// The number of a sequence's first token.
    var firstPosition: Int {
        switch self {
        case .absolute, .unlimited: 0
        case .afterPadding(let padding): padding + 1
        }
    }

    /// The number of positions that there are, of a table of so many rows.
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
