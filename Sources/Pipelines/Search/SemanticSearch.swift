public import BertCore

/// Finds the vectors of a corpus that are most alike to a query's: `semantic_search` of sentence-transformers, exact.
///
/// ```swift
/// var search = SemanticSearch(for: embedder)
/// try search.add(embedder.embed(passages, prompt: .document))
/// let hits: [[SearchHit]] = try search.search(embedder.embed(queries, prompt: .query), topK: 3)
/// ```
///
/// It keeps the corpus where the backend computes, and while it searches the scores of one block of it.
public struct SemanticSearch: Sendable {
    /// What makes vectors alike.
    public let similarity: Similarity
    /// The number of vectors in the corpus.
    public private(set) var count = 0
    private let backend: any ComputeBackend
    /// `[vectors, width]` each.
    private var blocks: [Tensor] = []

    private static let corpusBlock = 4_096
    private static let queryBlock = 128

    /// A corpus without vectors.
    public init(_ similarity: Similarity = .cosine, on backend: any ComputeBackend) {
        self.similarity = similarity
        self.backend = backend
    }

    /// A corpus for vectors of an embedder, on its backend.
    ///
    /// - Parameters:
    ///   - embedder: makes the vectors of queries and corpus.
    ///   - similarity: what makes vectors alike; what the embedder's folder says if nil.
    public init(for embedder: SentenceEmbedder, _ similarity: Similarity? = nil) {
        self.init(similarity ?? embedder.settings.similarity, on: embedder.computing)
    }

    /// The components of a vector; nil before the first one.
    public var dimension: Int? { blocks.first?.shape[1] }

    /// Appends vectors to the corpus. Adding many at a time makes searches faster than adding them one by one.
    ///
    /// - Throws: ``BertError`` with code `invalidInput` that names a vector of another width or with numbers that are
    ///   not finite; then none is added.
    public mutating func add(_ vectors: [[Float]]) throws {
        guard let width = dimension ?? vectors.first?.count else { return }
        let added = try stride(from: 0, to: vectors.count, by: Self.corpusBlock).map { start in
            let block = vectors[start..<min(start + Self.corpusBlock, vectors.count)]
            return try similarity.prepared(
                VectorBlock(block, width: width, first: count + start).tensor(on: backend), on: backend)
        }
        blocks += added
        count += vectors.count
    }

    /// The vectors most alike to each query's, the best first; equally good ones in the order of the corpus. Blocks the
    /// calling thread.
    ///
    /// - Parameters:
    ///   - queries: a vector for each query.
    ///   - topK: the most hits of a query.
    /// - Throws: ``BertError`` with code `invalidArgument` for fewer than one hit; with code `invalidInput` that names a
    ///   query whose vector has another width than the corpus, or numbers that are not finite.
    public func search(_ queries: [[Float]], topK: Int = 10) throws -> [[SearchHit]] {
        guard topK >= 1 else {
            throw BertError(
                .invalidArgument, "topK must be at least 1 (got \(topK))", key: "topK", value: .int(topK), limit: 1)
        }
        guard let dimension else { return queries.map { _ in [] } }
        return try backend.asCaller {
            var hits: [[SearchHit]] = []
            for start in stride(from: 0, to: queries.count, by: Self.queryBlock) {
                let block = try VectorBlock(
                    queries[start..<min(start + Self.queryBlock, queries.count)], width: dimension, first: start)
                hits += try best(similarity.prepared(block.tensor(on: backend), on: backend), min(topK, count)).map {
                    $0.sorted.map { SearchHit(corpusID: $0.id, score: Double($0.score)) }
                }
            }
            return hits
        }
    }

    /// The best hits of a block of queries, `[queries, width]`.
    private func best(_ queries: Tensor, _ topK: Int) throws -> [BestHits<Float>] {
        var best = [BestHits<Float>](repeating: BestHits(limit: topK), count: queries.shape[0])
        var first = 0
        for block in blocks {
            try Cancellation.check()
            let size = block.shape[0]
            let scores = try backend.floats(similarity.scores(queries, block, on: backend))
            for query in best.indices {
                for place in 0..<size { best[query].add(scores[query * size + place], first + place) }
            }
            first += size
        }
        return best
    }

    /// As the blocking method, on ``ComputeThreads/shared``.
    ///
    /// - Throws: also `CancellationError` if the task is cancelled.
    public func search(_ queries: [[Float]], topK: Int = 10) async throws -> [[SearchHit]] {
        try await ComputeThreads.shared(for: backend).run { try search(queries, topK: topK) as [[SearchHit]] }
    }
}
