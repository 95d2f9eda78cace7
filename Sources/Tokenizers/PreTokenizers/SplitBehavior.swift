/// The handling of delimiters when a text is split.
enum SplitBehavior: String, Sendable, CaseIterable {
    case removed = "Removed"
    case isolated = "Isolated"
    case mergedWithPrevious = "MergedWithPrevious"
    case mergedWithNext = "MergedWithNext"
    case contiguous = "Contiguous"

    /// Appends the splits for alternating matches and gaps that cover a range.
    func append(_ parts: [(range: Range<Int>, isMatch: Bool)], to splits: inout [Range<Int>]) {
        func keep(_ range: Range<Int>) { if !range.isEmpty { splits.append(range) } }
        switch self {
        case .removed: for part in parts where !part.isMatch { keep(part.range) }
        case .isolated: for part in parts { keep(part.range) }
        case .contiguous, .mergedWithPrevious:
            var current: Range<Int>?
            var wasMatch = false
            for part in parts {
                let isJoined = self == .contiguous ? part.isMatch == wasMatch : part.isMatch && !wasMatch
                if isJoined, let range = current {
                    current = range.lowerBound..<part.range.upperBound
                } else {
                    if let current { keep(current) }
                    current = part.range
                }
                wasMatch = part.isMatch
            }
            if let current { keep(current) }
        case .mergedWithNext:
            let first = splits.count
            var current: Range<Int>?
            var wasMatch = false
            for part in parts.reversed() {
                if part.isMatch, !wasMatch, let range = current {
                    current = part.range.lowerBound..<range.upperBound
                } else {
                    if let current { keep(current) }
                    current = part.range
                }
                wasMatch = part.isMatch
            }
            if let current { keep(current) }
            splits[first...].reverse()
        }
    }
}
