/// A search result: `{"corpus_id": …, "score": …}`, as in `semantic_search` of sentence-transformers.
public struct SearchHit: Sendable, Hashable, Codable {
    /// The index in the corpus, starting at 0.
    public let corpusID: Int
    /// The similarity to the query.
    public let score: Double

    private enum CodingKeys: String, CodingKey {
        case corpusID = "corpus_id"
        case score
    }

    /// Creates a search result.
    public init(corpusID: Int, score: Double) {
        self.corpusID = corpusID
        self.score = score
    }
}
