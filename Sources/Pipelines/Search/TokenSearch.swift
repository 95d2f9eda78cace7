public import BertCore

/// An exact search for the texts of a corpus with the highest late-interaction scores (MaxSim).
///
/// ```swift
/// var search = TokenSearch(for: embedder)
/// try search.add(embedder.embed(passages, as: .document))
/// let hits = try search.search(embedder.embed(queries, as: .query), topK: 3)
/// ```
///
/// The score of a text is the sum, over the query's vectors, of the greatest dot product with a vector of the text.
public struct TokenSearch: Sendable {
    /// A block of consecutive texts.
    private struct Block {
        /// The vectors of all texts, `[vectors, width]`.
        let vectors: Tensor
        /// The number of vectors of each text, at least one.
        let sequences: PackedSequences
        /// The indices of the texts in the corpus.
        let texts: [Int]
    }

    /// The number of texts in the corpus.
    public private(set) var count = 0
    private let backend: any ComputeBackend
    private var blocks: [Block] = []
    /// The texts without vectors, whose score is 0.
    private var empty: [Int] = []
    private var width: Int?

    /// The maximum number of vectors in a block with several texts.
    private static let blockSize = 8_192
    /// The maximum number of query vectors per matrix product, unless a single query has more.
    private static let queryBlockSize = 512

    /// Creates an empty corpus.
    public init(on backend: any ComputeBackend) { self.backend = backend }

    /// Creates an empty corpus for the vectors of an embedder, on its backend.
    public init(for embedder: TokenEmbedder) { self.init(on: embedder.computing) }

    /// Adds texts to the corpus. Adding many at a time makes searches faster than adding them one by one.
    ///
    /// - Parameter texts: The token vectors of each text.
    /// - Throws: ``BertError`` with code `invalidInput` and the index of a text with a vector of another width or with
    ///   components that are not finite. No text is added then.
    public mutating func add(_ texts: [[[Float]]]) throws {
        guard let width = width ?? texts.lazy.compactMap({ $0.first?.count }).first else {
            empty += count..<count + texts.count
            count += texts.count
            return
        }
        try Self.check(texts, width: width, first: count, of: "text")
        var added: [Block] = []
        var (start, size) = (0, 0)
        func close(_ end: Int) throws {
            let filled = (start..<end).filter { !texts[$0].isEmpty }
            guard !filled.isEmpty else { return }
            added.append(
                Block(
                    vectors: try Self.tensor(filled.flatMap { texts[$0] }, width: width, on: backend),
                    sequences: try PackedSequences(lengths: filled.map { texts[$0].count }),
                    texts: filled.map { count + $0 }))
        }
        for (index, text) in texts.enumerated() {
            if size > 0, size + text.count > Self.blockSize {
                try close(index)
                (start, size) = (index, 0)
            }
            size += text.count
        }
        try close(texts.count)
        blocks += added
        empty += texts.indices.filter { texts[$0].isEmpty }.map { count + $0 }
        count += texts.count
        self.width = width
    }

    /// Returns the texts with the highest scores for each query, in order of decreasing score, with ties in corpus
    /// order. Blocks the calling thread.
    ///
    /// - Parameters:
    ///   - queries: The token vectors of each query.
    ///   - topK: The maximum number of hits per query.
    /// - Throws: ``BertError`` with code `invalidArgument` for fewer than one hit; with code `invalidInput` for a query
    ///   with vectors of another width than the corpus, or components that are not finite.
    public func search(_ queries: [[[Float]]], topK: Int = 10) throws -> [[SearchHit]] {
        try SemanticSearch.check(topK: topK)
        guard count > 0 else { return queries.map { _ in [] } }
        if let width { try Self.check(queries, width: width, first: 0, of: "query") }
        return try backend.asCaller {
            var best = [BestHits<Float>](repeating: BestHits(limit: min(topK, count)), count: queries.count)
            var start = 0
            while start < queries.count {
                var (end, size) = (start, 0)
                while end < queries.count, end == start || size + queries[end].count <= Self.queryBlockSize {
                    size += queries[end].count
                    end += 1
                }
                try search(Array(queries[start..<end]), &best[start..<end])
                start = end
            }
            return best.map { $0.sorted.map { SearchHit(corpusID: $0.id, score: Double($0.score)) } }
        }
    }

    /// Searches asynchronously on ``ComputeThreads/shared``.
    ///
    /// - Throws: The errors of the blocking method; `CancellationError` if the task is canceled.
    public func search(_ queries: [[[Float]]], topK: Int = 10) async throws -> [[SearchHit]] {
        try await ComputeThreads.shared(for: backend).run { try search(queries, topK: topK) as [[SearchHit]] }
    }

    /// Adds the scores of all texts to the best hits of queries.
    private func search(_ queries: [[[Float]]], _ best: inout ArraySlice<BestHits<Float>>) throws {
        let vectors = queries.flatMap(\.self)
        let tensor = try width.map { try Self.tensor(vectors, width: $0, on: backend) }
        for block in blocks {
            try Cancellation.check()
            var greatest: [Float] = []
            if let tensor, !vectors.isEmpty {
                greatest = try MaxSim.greatest(tensor, of: block.vectors, block.sequences, on: backend)
            }
            for (row, text) in block.texts.enumerated() {
                var place = row * vectors.count
                for (query, own) in zip(best.indices, queries) {
                    best[query].add(greatest[place..<place + own.count].reduce(0, +), text)
                    place += own.count
                }
            }
        }
        for text in empty {
            for query in best.indices { best[query].add(0, text) }
        }
    }

    private static func check(_ texts: [[[Float]]], width: Int, first: Int, of kind: String) throws {
        for (index, text) in texts.enumerated() {
            if let other = text.first(where: { $0.count != width }) {
                throw BertError(
                    .invalidInput, "has a vector of \(other.count) components; the others have \(width)",
                    record: first + index, of: kind, value: .int(other.count), limit: .int(width))
            }
            guard text.allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
                throw BertError(
                    .invalidInput, "has components that are not finite", record: first + index, of: kind)
            }
        }
    }

    private static func tensor(_ vectors: [[Float]], width: Int, on backend: any ComputeBackend) throws -> Tensor {
        try backend.constant(Array(vectors.joined()), shape: [vectors.count, width])
    }
}

/// The greatest dot products of late interaction.
enum MaxSim {
    /// Returns, for each text and each query vector, the greatest dot product with a vector of the text: `[texts, n]`
    /// in row-major order.
    ///
    /// - Parameters:
    ///   - queries: The query vectors, `[n, width]`.
    ///   - vectors: The vectors of all texts, `[tokens, width]`.
    ///   - sequences: The range of each text's vectors, none of which may be empty.
    ///   - backend: The backend.
    static func greatest(
        _ queries: Tensor, of vectors: Tensor, _ sequences: PackedSequences, on backend: any ComputeBackend
    ) throws -> [Float] {
        let products = try backend.matmul(vectors, queries, transposeA: false, transposeB: true, scale: 1)
        return try backend.floats(backend.pool(products, sequences: sequences, .max))
    }
}
