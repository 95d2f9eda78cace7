public import BertCore

/// An exact similarity search in a corpus of vectors, like `semantic_search` in sentence-transformers.
///
/// ```swift
/// var search = SemanticSearch(for: embedder)
/// try search.add(embedder.embed(passages, prompt: .document))
/// let hits: [[SearchHit]] = try search.search(embedder.embed(queries, prompt: .query), topK: 3)
/// ```
///
/// The corpus is stored on the backend. A search computes the scores of one block of the corpus at a time.
public struct SemanticSearch: Sendable {
    /// A block of consecutive vectors of the corpus.
    private struct Block {
        /// The vectors, `[vectors, width]`.
        let vectors: Tensor
        /// The reciprocal of each vector's length; nil unless the similarity is the cosine.
        let scales: [Float]?
    }

    /// The similarity function.
    public let similarity: Similarity
    /// The number of vectors in the corpus.
    public private(set) var count = 0
    private let backend: any ComputeBackend
    private var blocks: [Block] = []

    private static let corpusBlock = 4_096
    private static let queryBlock = 128

    /// Creates an empty corpus.
    public init(_ similarity: Similarity = .cosine, on backend: any ComputeBackend) {
        self.similarity = similarity
        self.backend = backend
    }

    /// Creates an empty corpus for the vectors of an embedder, on its backend.
    ///
    /// - Parameters:
    ///   - embedder: The embedder of queries and corpus.
    ///   - similarity: The similarity function; nil to use that of the embedder's folder.
    public init(for embedder: SentenceEmbedder, _ similarity: Similarity? = nil) {
        self.init(similarity ?? embedder.settings.similarity, on: embedder.computing)
    }

    /// The number of components in a vector; nil before the first one is added.
    public var dimension: Int? { blocks.first?.vectors.shape[1] }

    /// Appends vectors to the corpus. Searches are faster if many vectors are added at a time.
    ///
    /// - Throws: ``BertError`` with code `invalidInput` that identifies a vector with a different dimension or with
    ///   non-finite numbers; no vectors are added in that case.
    public mutating func add(_ vectors: [[Float]]) throws {
        guard let width = dimension ?? vectors.first?.count else { return }
        let added = try stride(from: 0, to: vectors.count, by: Self.corpusBlock).map { start in
            let block = vectors[start..<min(start + Self.corpusBlock, vectors.count)]
            return try VectorBlock(block, width: width, first: count + start)
        }
        blocks += try added.map { block in
            Block(
                vectors: try block.tensor(on: backend),
                scales: try similarity == .cosine ? block.scales(first: count) : nil)
        }
        count += vectors.count
    }

    /// Adds vectors stored contiguously in memory, for example those of a mapped file. Backends that compute in host memory
    /// use them in place.
    ///
    /// - Parameters:
    ///   - rows: The vectors, `[vectors, width]`, as float32 in native byte order.
    ///   - width: The number of components per vector.
    /// - Throws: ``BertError`` with code `invalidInput` if the size isn't a multiple of a vector's, if the width isn't that
    ///   of the corpus, or if a vector has components that are not finite. No vector is added then.
    public mutating func add(rows: HostBuffer, width: Int) throws {
        guard width >= 1, rows.count % (4 * width) == 0 else {
            throw BertError(
                .invalidInput, "\(rows.count) bytes are not a whole number of vectors with \(width) components",
                value: .int(rows.count))
        }
        if let dimension, dimension != width {
            throw BertError(
                .invalidInput, "vectors of \(width) components; the others have \(dimension)", value: .int(width),
                limit: .int(dimension))
        }
        let total = rows.count / (4 * width)
        let starts = Array(stride(from: 0, to: total, by: Self.corpusBlock))
        let first = count
        func part(_ start: Int) -> HostBuffer {
            rows[4 * width * start..<4 * width * min(start + Self.corpusBlock, total)]
        }
        let scales = try (backend.workerPool ?? WorkerPool(threads: 1)).map(starts.count) {
            try VectorBlock.scales(of: part(starts[$0]), width: width, first: first + starts[$0])
        }
        blocks += try zip(starts, scales).map { start, scales in
            Block(
                vectors: try backend.upload(part(start), shape: [scales.count, width], elementType: .float32),
                scales: similarity == .cosine ? scales : nil)
        }
        count += total
    }

    /// Returns the vectors most similar to each query, in order of decreasing similarity, with ties in corpus order.
    /// Blocks the calling thread.
    ///
    /// - Parameters:
    ///   - queries: One vector per query.
    ///   - topK: The maximum number of results per query.
    /// - Throws: ``BertError`` with code `invalidArgument` if `topK` is less than 1, or `invalidInput` that identifies
    ///   a query with a different dimension than the corpus or with non-finite numbers.
    public func search(_ queries: [[Float]], topK: Int = 10) throws -> [[SearchHit]] {
        try Self.check(topK: topK)
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

    /// Returns the best results for a block of queries, `[queries, width]`.
    private func best(_ queries: Tensor, _ topK: Int) throws -> [BestHits<Float>] {
        var best = [BestHits<Float>](repeating: BestHits(limit: topK), count: queries.shape[0])
        var first = 0
        for block in blocks {
            try Cancellation.check()
            let size = block.vectors.shape[0]
            let scores = try backend.floats(similarity.scores(queries, block.vectors, on: backend))
            scores.withUnsafeBufferPointer { scores in
                for query in best.indices {
                    best[query].add(
                        UnsafeBufferPointer(rebasing: scores[query * size..<(query + 1) * size]), scales: block.scales,
                        from: first)
                }
            }
            first += size
        }
        return best
    }

    static func check(topK: Int) throws {
        guard topK >= 1 else {
            throw BertError(
                .invalidArgument, "topK must be at least 1 (got \(topK))", key: "topK", value: .int(topK), limit: 1)
        }
    }

    /// Searches asynchronously on ``ComputeThreads/shared``.
    ///
    /// - Throws: The errors of the blocking method; `CancellationError` if the task is canceled.
    public func search(_ queries: [[Float]], topK: Int = 10) async throws -> [[SearchHit]] {
        try await ComputeThreads.shared(for: backend).run { try search(queries, topK: topK) as [[SearchHit]] }
    }
}
