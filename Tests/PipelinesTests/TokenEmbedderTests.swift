import Bert
import BertJSON
import TestSupport
import Testing

/// Compares with the results of sentence-transformers' `MultiVectorEncoder` in float64.
@Suite struct TokenEmbedderTests {
    private static let folders = ["colbert-stanford", "colbert-stanford-attend", "colbert-pylate", "colbert-st"]
    /// Of ModernBERT, tokens that fill a query up beyond the window of all its words see other keys in Python.
    private static func isKnownToDiffer(_ folder: String, _ name: String) -> Bool {
        folder == "colbert-pylate" && name != "document"
    }

    @Test(arguments: folders, AvailableBackends.names())
    func `vectors and scores are those of sentence-transformers`(folder: String, backend: String) throws {
        let fixture = try MultiFixture(folder)
        let embedder = try TokenEmbedder(folder: fixture.folder, backend: .named(backend))
        func vectors(_ texts: JSONValue?, _ side: TokenEmbedder.Side) throws -> [[[Float]]] {
            try embedder.embed(
                MultiFixture.texts(texts), as: side, options: TextOptions(truncates: true, tokenBudget: 64))
        }
        for test in fixture.cases {
            let name = try #require(test["name"]?.stringValue)
            if Self.isKnownToDiffer(folder, name) { continue }
            if name == "scores" {
                let documents = try vectors(test["documents"], .document)
                let got = try vectors(test["queries"], .query).flatMap { try embedder.scores($0, documents) }
                #expect(
                    try MultiFixture.tolerance(test).mismatch(got, fixture.tensor("scores/out/scores").values) == nil,
                    "\(folder)")
                continue
            }
            let side = try #require(TokenEmbedder.Side(rawValue: name))
            let got = try vectors(test["texts"], side)
            let want = try fixture.tensor("\(name)/out/token_embeddings")
            #expect(try got.map(\.count) == fixture.integers("\(name)/out/lengths"), "\(folder) \(name)")
            #expect(
                try MultiFixture.tolerance(test).mismatch(got.flatMap { $0.flatMap(\.self) }, want.values) == nil,
                "\(folder) \(name)")
        }
    }

    @Test func `scores of odd vectors are errors or 0`() throws {
        let embedder = try TokenEmbedder(
            folder: Fixtures.path("multivector/colbert-stanford"), backend: .named("reference"))
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

/// A folder of `Tests/Fixtures/multivector` with its cases.
struct MultiFixture {
    let folder: String
    let cases: [JSONValue]
    private let file: SafetensorsFile

    init(_ name: String) throws {
        folder = Fixtures.path("multivector/\(name)")
        let json = try JSONValue(parsing: ModelFiles(folder: folder).read("cases.json"))
        cases = try #require(json["cases"]?.arrayValue)
        file = try SafetensorsFile(path: "\(folder)/expected.safetensors")
    }

    private func stored(_ name: String) throws -> StoredTensor {
        try #require(file.tensors.first { $0.name == name }, "\(name)")
    }

    func tensor(_ name: String) throws -> (shape: [Int], values: [Float]) {
        let stored = try stored(name)
        return (Array(stored.shape), try stored.float32().withUnsafeBytes { Array($0.bindMemory(to: Float.self)) })
    }

    func integers(_ name: String) throws -> [Int] { try stored(name).int64().map { Int($0) } }

    static func texts(_ json: JSONValue?) throws -> [String] {
        try #require(json?.arrayValue).compactMap(\.stringValue)
    }

    static func tolerance(_ test: JSONValue) throws -> Tolerance {
        let tolerance = try #require(test["tolerance"])
        return Tolerance(
            absolute: try #require(tolerance["atol"]?.doubleValue),
            relative: try #require(tolerance["rtol"]?.doubleValue))
    }
}
