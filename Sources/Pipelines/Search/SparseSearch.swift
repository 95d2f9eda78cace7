import BertCore

/// An exact search for the sparse vectors of a corpus that are most similar to a query, with an inverted index.
///
/// ```swift
/// var search = try SparseSearch()
/// try search.add(embedder.embed(passages, prompt: .document))
/// let hits = try search.search(embedder.embed(queries, prompt: .query), topK: 3)
/// ```
public struct SparseSearch: Sendable {
    /// The vectors that have a component, and its values.
    private struct Postings {
        var vectors: [Int32] = []
        var values: [Float] = []
    }

    /// The similarity function: ``Similarity/dot`` or ``Similarity/cosine``.
    public let similarity: Similarity
    /// The number of vectors in the corpus.
    public private(set) var count = 0
    /// The postings by component.
    private var postings: [Int32: Postings] = [:]
    /// The reciprocal of each vector's length, 0 for length 0; empty unless the similarity is the cosine.
    private var scales: [Float] = []

    /// Creates an empty corpus.
    ///
    /// - Throws: ``BertError`` with code `unsupported` for distances, by which vectors without a common component can
    ///   be the nearest.
    public init(_ similarity: Similarity = .dot) throws {
        guard similarity == .dot || similarity == .cosine else {
            throw BertError(
                .unsupported, "sparse vectors are searched by dot or cosine, not by \(similarity.rawValue)",
                key: "similarity", value: .string(similarity.rawValue))
        }
        self.similarity = similarity
    }

    /// Adds vectors to the corpus.
    ///
    /// - Throws: ``BertError`` with code `invalidArgument` for more than 2³¹ − 1 vectors; no vector is added then.
    public mutating func add(_ vectors: [SparseVector]) throws {
        guard count + vectors.count <= Int(Int32.max) else {
            throw BertError(
                .invalidArgument, "a corpus of sparse vectors has at most \(Int32.max) of them",
                value: .int(count + vectors.count), limit: .int(Int(Int32.max)))
        }
        for vector in vectors {
            for (index, value) in zip(vector.indices, vector.values) {
                postings[index, default: Postings()].vectors.append(Int32(count))
                postings[index, default: Postings()].values.append(value)
            }
            if similarity == .cosine { scales.append(vector.scaleToUnitLength) }
            count += 1
        }
    }

    /// Returns the vectors most similar to each query, in order of decreasing similarity, with ties in corpus order.
    /// Vectors without a component in common with the query are not returned. Blocks the calling thread.
    ///
    /// - Parameters:
    ///   - queries: The vectors of the queries.
    ///   - topK: The maximum number of hits per query.
    /// - Throws: ``BertError`` with code `invalidArgument` for fewer than one hit; `CancellationError` between queries
    ///   if the task was canceled.
    public func search(_ queries: [SparseVector], topK: Int = 10) throws -> [[SearchHit]] {
        try SemanticSearch.check(topK: topK)
        var scores = [Float](repeating: 0, count: count)
        var isFound = [Bool](repeating: false, count: count)
        return try queries.map { query in
            try Cancellation.check()
            let scale = similarity == .cosine ? query.scaleToUnitLength : 1
            for (index, weight) in zip(query.indices, query.values) {
                guard let list = postings[index] else { continue }
                for (vector, value) in zip(list.vectors, list.values) {
                    scores[Int(vector)] += weight * value
                    isFound[Int(vector)] = true
                }
            }
            var best = BestHits<Float>(limit: min(topK, max(1, count)))
            for vector in 0..<count where isFound[vector] {
                best.add(similarity == .cosine ? scores[vector] * scale * scales[vector] : scores[vector], vector)
                (scores[vector], isFound[vector]) = (0, false)
            }
            return best.sorted.map { SearchHit(corpusID: $0.id, score: Double($0.score)) }
        }
    }
}

extension SparseVector {
    /// The reciprocal of the length; 0 for length 0.
    fileprivate var scaleToUnitLength: Float {
        let length = dot(self).squareRoot()
        return length > 0 ? 1 / length : 0
    }
}
