import BertCore

/// A method to fuse several rankings of the same corpus, for example those of dense and sparse vectors.
public enum RankFusion: Sendable, Hashable {
    /// Reciprocal rank fusion (Cormack, Clarke & Büttcher 2009): the sum of 1 / (k + rank) over all rankings, with
    /// ranks counted from 1. It is independent of the scale of the scores.
    case reciprocalRank(k: Double = 60)
    /// The weighted sum of the scores, with one weight per ranking. The scores of each ranking are first scaled
    /// linearly, from 0 for its last hit to 1 for its first; if all are equal, they become 1.
    case weightedSum([Double])

    /// Fuses rankings and returns the best hits in order of decreasing score, with ties in corpus order. A ranking
    /// contributes 0 to the score of a hit that it doesn't contain.
    ///
    /// - Parameters:
    ///   - rankings: The hits for one query, each in order of decreasing score.
    ///   - topK: The maximum number of hits to return.
    /// - Throws: ``BertError`` with code `invalidArgument` if `topK` is less than 1, if k is negative, or
    ///   unless there is one finite, nonnegative weight per ranking.
    public func fuse(_ rankings: [[SearchHit]], topK: Int = 10) throws -> [SearchHit] {
        try SemanticSearch.check(topK: topK)
        var scores: [Int: Double] = [:]
        switch self {
        case .reciprocalRank(let k):
            guard k >= 0, k.isFinite else {
                throw BertError(
                    .invalidArgument, "k of reciprocal rank fusion must be at least 0 (got \(k))", key: "k",
                    value: .double(k), limit: 0)
            }
            for ranking in rankings {
                for (place, hit) in ranking.enumerated() {
                    scores[hit.corpusID, default: 0] += 1 / (k + Double(place + 1))
                }
            }
        case .weightedSum(let weights):
            guard weights.count == rankings.count, weights.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
                throw BertError(
                    .invalidArgument,
                    "\(rankings.count) rankings need as many weights of at least 0 (got \(weights))", key: "weights")
            }
            for (ranking, weight) in zip(rankings, weights) {
                guard let first = ranking.first?.score, let last = ranking.last?.score else { continue }
                for hit in ranking {
                    let scaled = first > last ? (hit.score - last) / (first - last) : 1
                    scores[hit.corpusID, default: 0] += weight * scaled
                }
            }
        }
        var best = BestHits<Double>(limit: topK)
        for (id, score) in scores { best.add(score, id) }
        return best.sorted.map { SearchHit(corpusID: $0.id, score: $0.score) }
    }
}
