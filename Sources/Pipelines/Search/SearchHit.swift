/// A vector that was found: `{"corpus_id": …, "score": …}`, as `semantic_search` of sentence-transformers gives it.
public struct SearchHit: Sendable, Hashable, Codable {
    /// Which one of the corpus, counted from 0.
    public let corpusID: Int
    /// How alike it is to the query.
    public let score: Double

    private enum CodingKeys: String, CodingKey {
        case corpusID = "corpus_id"
        case score
    }

    /// A hit.
    public init(corpusID: Int, score: Double) {
        self.corpusID = corpusID
        self.score = score
    }
}
