import Bert
import TestSupport
import Testing

/// Tests the effect of bfloat16 and int8 on quality, with real sentences and SST-2's development set.
struct PrecisionTests {
    /// The backends and their precisions other than float32.
    private static let all: [(backend: String, precision: Precision)] = AvailableBackends.names().flatMap { name in
        [Precision.bfloat16, .int8].filter { BackendRegistry.shared.status(of: name, in: $0).backend != nil }
            .map { (name, $0) }
    }

    @Test func `the reference has every precision`() {
        for precision in Precision.allCases {
            #expect(Self.all.contains { $0 == ("reference", precision) } || precision == .float32)
        }
    }

    @Test(.enabled(if: MiniLM.isExpected, "the model is not here: scripts/fetch-minilm fetches it"), arguments: all)
    func `vectors of real sentences point where those of float32 do`(backend: String, precision: Precision) throws {
        let selection = BackendSelection.named(backend)
        let texts = Array(try MiniLM.sentences().texts.prefix(BuildConfiguration.isOptimised ? 75 : 2))
        func vectors(_ precision: Precision) throws -> [[Float]] {
            let embedder = try SentenceEmbedder(
                MiniLM.files(), on: BackendRegistry.shared.backend(selection.computing(in: precision)))
            return try embedder.embed(texts, options: TextOptions(truncates: true))
        }
        let least = precision == .int8 ? 0.99 : 0.999
        for (text, pair) in zip(texts, zip(try vectors(.float32), try vectors(precision))) {
            // The embeddings have length 1.
            let cosine = zip(pair.0, pair.1).reduce(0) { $0 + Double($1.0) * Double($1.1) }
            #expect(cosine >= least && cosine < 1 - 1e-9, "\(cosine) for \(text)")
        }
    }

    @Test(arguments: all)
    func `accuracy on SST-2 stays within half a point`(backend: String, precision: Precision) throws {
        let sentences = try SST2.sentences()
        let part = BuildConfiguration.isOptimised ? sentences : Array(sentences.prefix(8))
        func right(_ precision: Precision) throws -> Int {
            let classifier = try TextClassifier(
                folder: SST2.model, backend: .named(backend).computing(in: precision))
            let results: [TextClassification] = try classifier.classify(
                part.map(\.text), options: TextOptions(truncates: true))
            return zip(results, part).count { classifier.labels.firstIndex(of: $0.label) == $1.label }
        }
        let lost = try right(.float32) - right(precision)
        #expect(Double(abs(lost)) <= Double(part.count) * (precision == .int8 ? 0.005 : 0.003), "\(lost) sentences")
    }
}
