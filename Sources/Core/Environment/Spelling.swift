/// Suggestions for misspelled names in messages.
public enum Spelling {
    /// Returns the candidate with the smallest edit distance from `word`, unless that exceeds a third of the shorter
    /// length.
    public static func nearest(to word: String, among candidates: [String]) -> String? {
        candidates.map { candidate in
            let length = min(word.unicodeScalars.count, candidate.unicodeScalars.count)
            return (
                name: candidate, distance: distance(word.lowercased(), candidate.lowercased()),
                limit: max(1, length / 3)
            )
        }
        .filter { $0.distance <= $0.limit }
        .min { ($0.distance, $0.name) < ($1.distance, $1.name) }?.name
    }

    /// Returns the edit distance of two strings, counting insertions, deletions, substitutions and transpositions of
    /// adjacent characters (optimal string alignment).
    static func distance(_ a: String, _ b: String) -> Int {
        let (x, y) = (Array(a.unicodeScalars.prefix(64)), Array(b.unicodeScalars.prefix(64)))
        var beforeLast: [Int] = []
        var last = Array(0...y.count)
        for i in x.indices {
            var row = [i + 1]
            for j in y.indices {
                var best = min(last[j] + (x[i] == y[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, x[i] == y[j - 1], x[i - 1] == y[j] { best = min(best, beforeLast[j - 1] + 1) }
                row.append(best)
            }
            (beforeLast, last) = (last, row)
        }
        return last[y.count]
    }
}

extension String {
    /// The string without leading and trailing white space.
    package var trimmed: String {
        let scalars = unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }
}
