import Bert

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A call of each pipeline, by name. A call returns its results as text.
enum Work {
    typealias Call = @Sendable () async throws -> String

    static func all(_ package: String) throws -> [String: Call] {
        let pipelines = "\(package)/Tests/Fixtures/pipelines", models = "\(package)/Tests/Fixtures/models"
        let demo = "\(package)/Sources/CDemoModel/tiny-sst2-deebert"
        let words = ["movie", "great", "they", "watched", "bad", "slowly", "the", "film", "a", "was"]
        let texts = (0..<24).map { row in
            (0...row % 9).map { words[(row * 7 + $0 * 3) % words.count] }.joined(separator: " ")
        }
        // Calls that run one after the other have the same bits, regardless of other calls.
        let backend = BackendSelection.named("simd")
        let embedder = try SentenceEmbedder(folder: "\(pipelines)/sentence-bert", backend: backend)
        let classifier = try TextClassifier(folder: demo, backend: backend)
        let reranker = try Reranker(folder: "\(models)/bert-seqcls-regression", backend: backend)
        let entities = try TokenClassifier(folder: "\(pipelines)/bert-ner", backend: backend)
        let answerer = try QuestionAnswerer(folder: "\(pipelines)/bert-qa", backend: backend)
        let filler = try MaskFiller(folder: "\(models)/bert-mlm", backend: backend)
        let features = try FeatureExtractor(folder: "\(models)/bert-mlm", backend: backend)
        let corpus: [[Float]] = try embedder.embed(texts)
        var filled = SemanticSearch(for: embedder)
        try filled.add(corpus)
        let search = filled
        return [
            "embed": { "\(try await embedder.embed(texts))" },
            "classify": { "\(try await classifier.classify(texts))" },
            "rerank": { "\(try await reranker.rerank("a great film", texts))" },
            "ner": { "\(try await entities.classify(texts, aggregation: .simple))" },
            "qa": { "\(try await answerer.answer(texts.map { Question("who watched", context: $0) }))" },
            "fill-mask": { "\(try await filler.fill(texts.map { $0 + " [MASK]" }))" },
            "features": { "\(try await features.features(Array(texts.prefix(6))).map(\.vectors))" },
            "search": { "\(try await search.search(Array(corpus.prefix(3)), topK: 4))" },
        ]
    }
}

/// The memory of this process.
enum Memory {
    /// The resident memory in bytes, or 0 if it is unknown.
    static var resident: Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, 128, file) != nil else { return 0 }
        let fields = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            .split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
    }
}
