import BertModels

/// The probabilities of answer spans in a window.
struct SpanScores {
    /// A span; `end` is inclusive.
    struct Span {
        let start: Int
        let end: Int
        let score: Double
    }

    private let starts: [Double]
    private let ends: [Double]
    /// The probability of an empty answer, which models assign to the first token.
    let noAnswer: Double

    /// Computes the probabilities.
    ///
    /// - Parameter isCandidate: Whether each token can be part of an answer. Probabilities are normalized over these
    ///   tokens.
    init(starts: ArraySlice<Float>, ends: ArraySlice<Float>, isCandidate: [Bool]) {
        var first = Self.probabilities(starts, isCandidate)
        var last = Self.probabilities(ends, isCandidate)
        noAnswer = first[0] * last[0]
        (first[0], last[0]) = (0, 0)
        (self.starts, self.ends) = (first, last)
    }

    private static func probabilities(_ logits: ArraySlice<Float>, _ isCandidate: [Bool]) -> [Double] {
        softmax(zip(logits, isCandidate).map { $1 ? $0 : -10_000 })
    }

    /// Returns the best spans of at most `length` tokens, in order of decreasing probability, without impossible ones.
    func best(_ count: Int, length: Int) -> [Span] {
        var spans: [Span] = []
        for start in starts.indices where starts[start] > 0 {
            for end in start..<min(starts.count, start + length) where ends[end] > 0 {
                let score = starts[start] * ends[end]
                if spans.count == count, let worst = spans.last, worst.score >= score { continue }
                let place = spans.firstIndex { $0.score < score } ?? spans.count
                spans.insert(Span(start: start, end: end, score: score), at: place)
                if spans.count > count { spans.removeLast() }
            }
        }
        return spans
    }
}
