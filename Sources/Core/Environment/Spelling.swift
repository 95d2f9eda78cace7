/// Guesses at what was meant, for messages only.
public enum Spelling {
    /// The candidate at the smallest edit distance from `word`, if that is at most a third of its length.
    public static func nearest(to word: String, among candidates: [String]) -> String? {
        let limit = max(1, word.unicodeScalars.count / 3)
        return candidates.map { ($0, distance(word.lowercased(), $0.lowercased())) }
            .filter { $0.1 <= limit }
            .min { ($0.1, $0.0) < ($1.1, $1.0) }?.0
    }

    /// Insertions, deletions, substitutions and swaps of neighbours that make `a` into `b` (optimal string alignment).
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
    /// Without white space at the ends.
    package var trimmed: String {
        let scalars = unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }
}
