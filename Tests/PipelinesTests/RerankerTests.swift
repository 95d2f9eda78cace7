import Bert
import BertJSON
import TestSupport
import Testing

@Suite struct RerankerTests {
    @Test(arguments: AvailableBackends.names())
    func `scores and order are those of the cross-encoder in transformers`(backend: String) throws {
        let fixtures = try PipelineFixture.cases("rerank")
        #expect(fixtures.count == 2)
        for fixture in fixtures {
            let reranker = try Reranker(folder: PipelineFixture.model(fixture), backend: .named(backend))
            let query = try #require(fixture["query"]?.stringValue)
            let texts = try PipelineFixture.texts(fixture["texts"]).map(\.text)
            for call in try #require(fixture["calls"]?.arrayValue) {
                let raw = try #require(call["raw_scores"]) == true
                let ranks: [RankedText] = try reranker.rerank(
                    query, texts, rawScores: raw, returnsText: true, options: TextOptions(tokenBudget: 30))
                let problem = try PipelineFixture.difference(
                    PipelineFixture.json(ranks), #require(call["outputs"]))
                #expect(problem == nil, "\(fixture["model"] ?? .null), raw: \(raw), on \(backend)")
                let bare: [RankedText] = try reranker.rerank(query, texts, rawScores: raw)
                let keys = try PipelineFixture.json(bare)[0]?.objectValue?.keys.sorted()
                #expect(keys == ["index", "score"])
            }
        }
    }

    @Test func `a model of several labels is no reranker`() throws {
        let error = #expect(throws: BertError.self) {
            try Reranker(folder: Fixtures.path("models/bert-seqcls-single"), backend: "reference")
        }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.key == "id2label")
        #expect(error?.value == 3)
    }

    @Test func `an asynchronous call gives what the blocking one gives, and nothing of nothing`() async throws {
        let folder = Fixtures.path("models/bert-seqcls-regression")
        let reranker = try Reranker(folder: folder, backend: "reference")
        let blocking: [RankedText] = try { try reranker.rerank("it", ["good", "bad"]) }()
        async let ranks = reranker.rerank("it", ["good", "bad"])
        #expect(try await ranks == blocking)
        async let none = reranker.rerank("it", [])
        #expect(try await none.isEmpty)
    }
}

@Suite struct FeatureExtractorTests {
    @Test(arguments: AvailableBackends.names())
    func `token vectors are those of transformers`(backend: String) throws {
        let fixtures = try PipelineFixture.cases("feature-extraction")
        #expect(fixtures.count == 2)
        for fixture in fixtures {
            let extractor = try FeatureExtractor(folder: PipelineFixture.model(fixture), backend: .named(backend))
            let texts = try PipelineFixture.texts(fixture["inputs"]).map(\.text)
            let features: [TextFeatures] = try extractor.features(texts)
            let problem = try PipelineFixture.difference(
                PipelineFixture.json(features), #require(fixture["outputs"]))
            #expect(problem == nil, "\(fixture["model"] ?? .null) on \(backend)")
        }
    }
}
