import Bert
import BertJSON
import TestSupport
import Testing

/// Compares with the results of sentence-transformers' `MultiVectorEncoder` in float64.
@Suite struct TokenEmbedderTests {
    private static let folders = ["colbert-stanford", "colbert-stanford-attend", "colbert-pylate", "colbert-st"]
    @Test(arguments: folders, AvailableBackends.names())
    func `vectors and scores are those of sentence-transformers`(folder: String, backend: String) throws {
        let fixture = try SentenceFixture(folder)
        let embedder = try TokenEmbedder(folder: fixture.folder, backend: .named(backend))
        func vectors(_ texts: JSONValue?, _ side: TokenEmbedder.Side) throws -> [[[Float]]] {
            try embedder.embed(
                SentenceFixture.texts(texts), as: side, options: TextOptions(truncates: true, tokenBudget: 64))
        }
        for test in fixture.cases {
            let name = try #require(test["name"]?.stringValue)
            if name == "scores" {
                let documents = try vectors(test["documents"], .document)
                let got = try vectors(test["queries"], .query).flatMap { try embedder.scores($0, documents) }
                #expect(
                    try SentenceFixture.tolerance(test).mismatch(got, fixture.tensor("scores/out/scores").values)
                        == nil,
                    "\(folder)")
                continue
            }
            let side = try #require(TokenEmbedder.Side(rawValue: name))
            let got = try vectors(test["texts"], side)
            let want = try fixture.tensor("\(name)/out/token_embeddings")
            #expect(try got.map(\.count) == fixture.integers("\(name)/out/lengths"), "\(folder) \(name)")
            #expect(
                try SentenceFixture.tolerance(test).mismatch(got.flatMap { $0.flatMap(\.self) }, want.values) == nil,
                "\(folder) \(name)")
        }
    }

    @Test func `scores of odd vectors are errors or 0`() throws {
        let embedder = try TokenEmbedder(
            folder: Fixtures.path("sentences/colbert-stanford"), backend: .named("reference"))
        #expect(try embedder.scores([[1, 0], [0, 2]], [[[1, 1], [3, -1]], [], [[-1, -1]]]) == [5, 0, -3])
        #expect(try embedder.scores([], [[[1, 0]]]) == [0])
        let error = #expect(throws: BertError.self) { try embedder.scores([[1, 0]], [[[1]]]) }
        #expect(error?.code == .invalidInput)
        #expect(throws: BertError.self) {
            try embedder.embed([String(repeating: "bad ", count: 60)], as: .document)
        }
    }

    @Test func `a folder without vectors of tokens is an error`() throws {
        let error = #expect(throws: BertError.self) {
            try TokenEmbedder(folder: Fixtures.path("pipelines/sentence-bert"), backend: .named("reference"))
        }
        #expect(error?.code == .invalidConfiguration)
    }
}
