import Bert
import BertJSON
import TestSupport
import Testing

/// Compares the real all-MiniLM-L6-v2 with the results of transformers in float64.
@Suite(.enabled(if: MiniLM.isExpected, "the model is not here: scripts/fetch-minilm fetches it"))
struct SentenceEmbedderTests {
    /// Returns the number of cases: all in optimized builds, and two otherwise, because kernels are then about a
    /// hundred times slower.
    private func count(_ all: Int) -> Int { BuildConfiguration.isOptimised ? all : min(all, 2) }

    @Test func `the tokenizer gives the ids of Hugging Face tokenizers`() throws {
        let tokenizer = try Tokenizers.load(folder: MiniLM.folder)
        let json = try JSONNode(
            parsing: ModelFiles(folder: Fixtures.path("minilm-sentences")).read("texts.json"), source: "texts.json")
        let texts = try json.required("texts").elements().map { try $0.string() }
        let expected = try json.required("input_ids").elements().map { try $0.elements().map { try $0.int() } }
        #expect(texts.count == 75)
        for (text, ids) in zip(texts, expected) {
            let encoding = try tokenizer.encode(
                text, options: EncodingOptions(maxLength: 256, truncation: .longestFirst))
            #expect(encoding.ids.map(Int.init) == ids, "\(text)")
        }
    }

    @Test(arguments: AvailableBackends.names())
    func `75 real sentences get the embeddings of transformers`(backend name: String) throws {
        let embedder = try SentenceEmbedder(
            MiniLM.files(), on: BackendRegistry.shared.backend(.named(name)))
        let (texts, arrays) = try MiniLM.sentences()
        let count = count(texts.count)
        let want = try arrays.float32("embeddings").withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        let got = try embedder.embed(Array(texts.prefix(count)), options: TextOptions(truncates: true))
        let problem = Tolerance(absolute: 1e-5, relative: 0).mismatch(
            got.flatMap { $0 }, Array(want.prefix(count * embedder.dimension)))
        #expect(problem == nil, "on \(name)")
    }

    @Test(arguments: AvailableBackends.names())
    func `hidden states, pooled output and embeddings equal the golden ones`(backend name: String) throws {
        let backend = try BackendRegistry.shared.backend(.named(name))
        let model = try BertModel.fromPretrained(MiniLM.files(), on: backend)
        for fixture in try FixtureCase.all(of: "minilm") {
            if !BuildConfiguration.isOptimised, fixture.name != "single" { continue }
            let output = try model.encode(fixture.modelInput())
            let seen = try fixture.comparedTokens()
            if try fixture.outputs.contains("last_hidden_state") {
                let (hidden, shape) = try output.layout.padded(output.lastHiddenState, on: backend)
                let problem = try fixture.tolerance.mismatch(hidden, fixture.output("last_hidden_state")) {
                    seen[$0 / shape[2]]
                }
                #expect(problem == nil, "\(fixture) on \(name)")
            }
            let pooled = try backend.floats(#require(output.poolerOutput))
            #expect(
                try fixture.tolerance.mismatch(pooled, fixture.output("pooler_output")) == nil, "\(fixture) on \(name)")
            let sentence = try backend.floats(
                backend.l2Normalize(
                    backend.pool(output.lastHiddenState, sequences: output.sequences, .mean), epsilon: 1e-12))
            let problem = try Tolerance(absolute: 1e-5, relative: 0).mismatch(
                sentence, fixture.output("sentence_embedding"))
            #expect(problem == nil, "\(fixture) on \(name)")
        }
    }

    @Test(arguments: AvailableBackends.names())
    func `a text has the same embedding alone and in a batch of 64`(backend name: String) throws {
        let embedder = try SentenceEmbedder(MiniLM.files(), on: BackendRegistry.shared.backend(.named(name)))
        let texts = Array(try MiniLM.sentences().texts.prefix(count(64)))
        // All texts in one batch.
        let together = try embedder.embed(texts, options: TextOptions(truncates: true, tokenBudget: 1 << 20))
        for (text, vector) in zip(texts, together) {
            let alone = try embedder.embed([text], options: TextOptions(truncates: true))[0]
            if ["reference", "simd"].contains(name) {
                #expect(alone == vector, "\(text)")
            } else {
                #expect(Tolerance(absolute: 1e-6, relative: 0).mismatch(alone, vector) == nil, "\(text) on \(name)")
            }
        }
    }

    @Test func `asynchronous calls at once give what blocking ones give`() async throws {
        let embedder = try SentenceEmbedder(folder: MiniLM.folder)
        let texts = (0..<12).map { ["A man is eating food.", String(repeating: "food ", count: 1 + 7 * $0)] }
        let blocking: [[[Float]]] = try { try texts.map { try embedder.embed($0) } }()
        let vectors = try await withThrowingTaskGroup(of: (Int, [[Float]]).self) { group in
            for (index, texts) in texts.enumerated() {
                group.addTask { (index, try await embedder.embed(texts)) }
            }
            return try await group.reduce(into: [Int: [[Float]]]()) { $0[$1.0] = $1.1 }
        }
        for (index, expected) in blocking.enumerated() { #expect(vectors[index] == expected, "call \(index)") }
    }

    @Test func `a text over the maximum is an error with the counts, unless it may be cut`() throws {
        let embedder = try SentenceEmbedder(folder: MiniLM.folder)
        let long = String(repeating: "word ", count: 300)
        let error = #expect(throws: BertError.self) { try embedder.embed(["fine", long]) as [[Float]] }
        #expect(error?.code == .tooManyTokens)
        #expect(error?.record == 1)
        #expect(error?.value == 302)
        #expect(error?.limit == 256)
        let cut: [[Float]] = try embedder.embed([long], options: TextOptions(truncates: true))
        #expect(cut[0].count == 384)
    }

    @Test func `an empty text has an embedding, and no texts have none`() throws {
        let embedder = try SentenceEmbedder(folder: MiniLM.folder)
        let vectors: [[Float]] = try embedder.embed(["", " "])
        #expect(vectors.count == 2)
        #expect(vectors[0] == vectors[1])
        #expect(abs(vectors[0].reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
        #expect(try (embedder.embed([]) as [[Float]]).isEmpty)
    }

    @Test func `pooling comes from the folder, and its absence is an error that says what to do`() throws {
        let embedder = try SentenceEmbedder(folder: MiniLM.folder)
        #expect(embedder.settings.pooling == [.mean])
        #expect(embedder.settings.normalizes)
        #expect(embedder.maximumLength == 256)
        let folder = Fixtures.path("models/bert-base")
        expectError(
            .invalidConfiguration, file: folder, key: "pooling", choices: PoolingMode.allCases.map(\.rawValue)
        ) { try SentenceEmbedder(folder: folder) }
    }
}
