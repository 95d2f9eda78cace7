public import BertCore
import BertHostKernels

/// An exact similarity search in a corpus of vectors, like `semantic_search` in sentence-transformers.
///
/// ```swift
/// var search = SemanticSearch(for: embedder)
/// try search.add(embedder.embed(passages, prompt: .document))
/// let hits: [[SearchHit]] = try search.search(embedder.embed(queries, prompt: .query), topK: 3)
/// ```
///
/// The corpus is stored on the backend. A search computes the scores of one block of the corpus at a time. For a few
/// queries, backends that compute in host memory scan the vectors instead, which takes the time to read them.
public struct SemanticSearch: Sendable {
    /// A block of consecutive vectors of the corpus.
    private struct Block {
        /// The vectors, `[vectors, width]`.
        let vectors: Vectors
        /// The reciprocal of each vector's length; nil unless the similarity is the cosine.
        let scales: [Float]?

        /// The number of vectors.
        var count: Int {
            switch vectors {
            case .floats(let tensor): tensor.shape[0]
            case .quantized(let block): block.count
            }
        }

        /// Adds the dot products with queries `[queries, width]` on this thread. The ids of the vectors start at
        /// `first`. float32 vectors must be in host memory.
        ///
        /// - Parameter planes: The queries for vectors of bits, by the bits that are inverted.
        func scan(
            _ queries: [Float], _ planes: [UInt8: [SignPlanes]], width: Int,
            _ scores: UnsafeMutableBufferPointer<Float>, first: Int, into best: inout [BestHits<Float>]
        ) throws {
            func scan(_ rows: ScannedRows) {
                for start in stride(from: 0, to: count, by: SemanticSearch.scannedRows) {
                    let rowCount = min(SemanticSearch.scannedRows, count - start)
                    queries.withUnsafeBufferPointer {
                        Scan.shared.scores(
                            rows, from: start, count: rowCount, width: width, queries: $0, into: scores)
                    }
                    for query in best.indices {
                        best[query].add(
                            UnsafeBufferPointer(scores),
                            at: stride(from: query, to: rowCount * best.count, by: best.count),
                            scales: scales?[start..<start + rowCount], from: first + start)
                    }
                }
            }
            switch vectors {
            case .floats(let tensor):
                scan(.floats(try HostView(tensor, for: "the search").floats))
                withExtendedLifetime(tensor) {}
            case .quantized(let block):
                block.rows.withUnsafeBytes { bytes in
                    guard let start = bytes.baseAddress else { return }
                    let rows = block.quantizer.scanned(start)
                    guard case .signs(let signs, let flip) = rows, let planes = planes[flip] else { return scan(rows) }
                    for query in planes.indices {
                        queries.withUnsafeBufferPointer {
                            scanBits(
                                rows, signs, UnsafeBufferPointer(rebasing: $0[query * width..<(query + 1) * width]),
                                planes[query], scores, first: first, into: &best[query])
                        }
                    }
                }
            }
        }

        /// Adds the scores of vectors of bits with a query. Once there are enough results, only vectors whose upper
        /// bound exceeds the lowest of them are scored.
        private func scanBits(
            _ rows: ScannedRows, _ signs: UnsafePointer<UInt8>, _ query: UnsafeBufferPointer<Float>,
            _ planes: SignPlanes, _ scores: UnsafeMutableBufferPointer<Float>, first: Int,
            into best: inout BestHits<Float>
        ) {
            let scan = Scan.shared
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: SemanticSearch.scannedRows) { counts in
                for start in stride(from: 0, to: count, by: SemanticSearch.scannedRows) {
                    let rowCount = min(SemanticSearch.scannedRows, count - start)
                    guard best.lowest != nil else {
                        scan.scores(
                            rows, from: start, count: rowCount, width: query.count, queries: query, into: scores)
                        best.add(
                            UnsafeBufferPointer(scores), at: stride(from: 0, to: rowCount, by: 1),
                            scales: scales?[start..<start + rowCount], from: first + start)
                        continue
                    }
                    scan.counts(signs, from: start, count: rowCount, planes, into: counts)
                    for row in start..<start + rowCount {
                        let scale = scales?[row] ?? 1
                        // A bound that isn't a number excludes nothing.
                        if let lowest = best.lowest, planes.bound(counts[row - start]) * scale <= lowest { continue }
                        scan.scores(rows, from: row, count: 1, width: query.count, queries: query, into: scores)
                        best.add(scores[0] * scale, first + row)
                    }
                }
            }
        }
    }

    private enum Vectors {
        case floats(Tensor)
        /// Vectors that are dequantized for each search.
        case quantized(QuantizedBlock)
    }

    /// The similarity function.
    public let similarity: Similarity
    /// The number of vectors in the corpus.
    public private(set) var count = 0
    private let backend: any ComputeBackend
    private var blocks: [Block] = []

    private static let corpusBlock = 4_096
    private static let queryBlock = 128
    private static let fewQueries = 32
    /// The numbers of queries up to which scanning the rows is faster than a product. Bits are always scanned.
    private static let scannedQueries = (floats: 8, steps: 16)
    /// The number of blocks per thread that are scanned before the next check for cancellation.
    private static let blocksPerScan = 32
    /// The number of rows that are scanned before their scores, which stay in the cache, are ranked.
    private static let scannedRows = 256

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
    public private(set) var dimension: Int?

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
                vectors: .floats(try block.tensor(on: backend)),
                scales: try similarity == .cosine ? block.scales(first: count) : nil)
        }
        if !vectors.isEmpty { dimension = width }
        count += vectors.count
    }

    /// Adds vectors stored contiguously in memory, for example those of a mapped file. Backends that compute in host
    /// memory use them in place.
    ///
    /// - Parameters:
    ///   - rows: The vectors, `[vectors, width]`, as float32 in native byte order.
    ///   - width: The number of components per vector.
    /// - Throws: ``BertError`` with code `invalidInput` if the size isn't a multiple of a vector's, if the width isn't
    ///   that of the corpus, or if a vector has components that are not finite. No vector is added then.
    public mutating func add(rows: HostBuffer, width: Int) throws {
        let parts = try parts(of: rows, width: width, stored: 4 * width)
        let first = count
        let scales = try workers.map(parts.count) {
            try VectorBlock.scales(of: parts[$0], width: width, first: first + $0 * Self.corpusBlock)
        }
        blocks += try zip(parts, scales).map { part, scales in
            Block(
                vectors: .floats(try backend.upload(part, shape: [scales.count, width], elementType: .float32)),
                scales: similarity == .cosine ? scales : nil)
        }
        if !parts.isEmpty { dimension = width }
        count += rows.count / (4 * width)
    }

    /// Adds quantized vectors stored contiguously in memory, for example those of a mapped file. They are not
    /// converted. Searches compare queries with the components that ``VectorQuantizer/dequantize(_:width:)`` returns.
    ///
    /// - Parameters:
    ///   - rows: The vectors, in the form that ``VectorQuantizer`` writes: one byte per component, or one bit for
    ///     `binary` and `ubinary`.
    ///   - width: The number of components per vector.
    ///   - quantizer: The quantizer that produced the vectors, or one with the same ranges.
    /// - Throws: ``BertError`` with code `invalidInput` if the size isn't a multiple of a vector's, or if the width
    ///   isn't that of the corpus; `invalidArgument` if the quantizer is for another width. No vector is added then.
    public mutating func add(rows: HostBuffer, width: Int, quantizedBy quantizer: VectorQuantizer) throws {
        guard quantizer.precision != .float32 else { return try add(rows: rows, width: width) }
        try quantizer.check(width: width)
        let stored = quantizer.count(of: width)
        let parts = try parts(of: rows, width: width, stored: stored).map {
            QuantizedBlock(rows: $0, width: width, quantizer: quantizer)
        }
        let scales = try similarity == .cosine ? workers.map(parts.count) { try parts[$0].scales() } : nil
        blocks += parts.indices.map { Block(vectors: .quantized(parts[$0]), scales: scales?[$0]) }
        if !parts.isEmpty { dimension = width }
        count += rows.count / stored
    }

    /// Splits rows of `stored` bytes into blocks.
    private func parts(of rows: HostBuffer, width: Int, stored: Int) throws -> [HostBuffer] {
        guard width >= 1, rows.count % stored == 0 else {
            throw BertError(
                .invalidInput, "\(rows.count) bytes are not a whole number of vectors with \(width) components",
                value: .int(rows.count))
        }
        if let dimension, dimension != width {
            throw BertError(
                .invalidInput, "vectors of \(width) components; the others have \(dimension)", value: .int(width),
                limit: .int(dimension))
        }
        return stride(from: 0, to: rows.count, by: Self.corpusBlock * stored).map {
            rows[$0..<min($0 + Self.corpusBlock * stored, rows.count)]
        }
    }

    private var workers: WorkerPool { backend.workerPool ?? WorkerPool(threads: 1) }

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
        let isLinear = similarity == .cosine || similarity == .dot
        let isScanned = try isLinear && backend.workerPool != nil ? blocks.map { try scans($0, for: queries) } : []
        var index = 0
        while index < blocks.count {
            try Cancellation.check()
            if !isScanned.isEmpty, isScanned[index] {
                // The threads of the pool don't see a cancellation, so it is checked after some blocks.
                let limit = min(blocks.count, index + Self.blocksPerScan * workers.threads)
                let end = (index..<limit).first { !isScanned[$0] } ?? limit
                try scan(index..<end, queries, topK, &best, first: &first)
                index = end
                continue
            }
            let block = blocks[index]
            index += 1
            let vectors =
                switch block.vectors {
                case .floats(let vectors): vectors
                case .quantized(let quantized): try quantized.tensor(on: backend, workers: workers)
                }
            let size = vectors.shape[0]
            // A product packs its right operand, which is faster for a few queries than for a block.
            let isTurned = queries.shape[0] <= Self.fewQueries && isLinear
            let scores = try backend.floats(
                isTurned
                    ? similarity.scores(vectors, queries, on: backend)
                    : similarity.scores(queries, vectors, on: backend))
            scores.withUnsafeBufferPointer { scores in
                for query in best.indices {
                    let offsets =
                        isTurned
                        ? stride(from: query, to: scores.count, by: best.count)
                        : stride(from: query * size, to: (query + 1) * size, by: 1)
                    best[query].add(scores, at: offsets, scales: block.scales?[...], from: first)
                }
            }
            first += size
        }
        return best
    }

    /// Returns whether scanning a block is faster than a product.
    private func scans(_ block: Block, for queries: Tensor) throws -> Bool {
        let count = queries.shape[0]
        switch block.vectors {
        case .floats(let vectors): return count <= Self.scannedQueries.floats && vectors.storage is HostStorage
        case .quantized(let block): return !block.quantizer.precision.needsRanges || count <= Self.scannedQueries.steps
        }
    }

    /// Adds the scores of consecutive blocks, whose rows are read once from memory.
    private func scan(
        _ range: Range<Int>, _ queries: Tensor, _ topK: Int, _ best: inout [BestHits<Float>], first: inout Int
    ) throws {
        let (width, count) = (queries.shape[1], queries.shape[0])
        let values = try backend.floats(queries)
        var planes: [UInt8: [SignPlanes]] = [:]
        for index in range {
            guard case .quantized(let block) = blocks[index].vectors, !block.quantizer.precision.needsRanges else {
                continue
            }
            let flip = block.quantizer.flip
            if planes[flip] == nil {
                planes[flip] = (0..<count).map { SignPlanes(values[$0 * width..<($0 + 1) * width], flip: flip) }
            }
        }
        let ids = range.reduce(into: [first]) { $0.append($0[$0.count - 1] + blocks[$1].count) }
        // Several parts for each thread, so that the threads finish at about the same time.
        let parts = min(range.count, 4 * workers.threads)
        let found = try workers.map(parts) { part -> [BestHits<Float>] in
            var best = [BestHits<Float>](repeating: BestHits(limit: topK), count: count)
            try withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.scannedRows * count) { scores in
                for index in range.count * part / parts..<range.count * (part + 1) / parts {
                    try blocks[range.lowerBound + index].scan(
                        values, planes, width: width, scores, first: ids[index], into: &best)
                }
            }
            return best
        }
        for part in found {
            for (query, hits) in part.enumerated() { best[query].add(hits) }
        }
        first = ids[range.count]
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
