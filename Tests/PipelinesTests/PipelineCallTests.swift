import Bert
import Foundation
import Synchronization
import TestSupport
import Testing

/// Tests the common behavior of all pipelines.
@Suite struct PipelineCallTests {
    private static let folder = Fixtures.path("pipelines/sentence-bert")
    private static let long = String(repeating: "movie ", count: 200)

    private func embedder(on backend: any ComputeBackend) throws -> SentenceEmbedder {
        try SentenceEmbedder(ModelFiles(folder: Self.folder), on: backend)
    }

    private func embedder() throws -> SentenceEmbedder {
        try embedder(on: BackendRegistry.shared.backend("reference"))
    }

    @Test func `Each bad record has its own error, the others their outputs`() throws {
        let embedder = try embedder()
        let call = try embedder.call(options: TextOptions(tokenBudget: 16))
        let texts = ["a film", Self.long, "great", "", Self.long]
        let results = try call.results(of: texts)
        #expect(results.map { $0.failure?.record } == [nil, 1, nil, nil, 4])
        for error in results.compactMap(\.failure) {
            #expect(error.code == .tooManyTokens)
            #expect(error.limit == .int(embedder.maximumLength))
        }
        let good: [[Float]] = try embedder.embed(["a film", "great", ""])
        #expect(results.compactMap { try? $0.get() } == good)
        let first = try #require(throws: BertError.self) { try call.outputs(of: texts) as [[Float]] }
        #expect(first.record == 1)
    }

    @Test func `Preparing counts tokens and computes nothing`() throws {
        let counter = Counter()
        let embedder = try embedder(on: Counting(base: BackendRegistry.shared.backend("reference"), counter: counter))
        let call = try embedder.call(prompt: .text(""))
        let before = counter.value
        let prepared = try call.prepare(["a film", Self.long, "great"])
        #expect(counter.value == before)
        let tokenizer = try Tokenizers.load(folder: Self.folder)
        #expect(prepared.tokenCounts == [try tokenizer.tokenCount("a film"), nil, try tokenizer.tokenCount("great")])
        #expect(prepared.firstError?.record == 1)
        #expect(prepared.upToFirstError().records == ["a film", Self.long])
        #expect(try call.results(prepared.upToFirstError()).map { $0.failure?.record } == [nil, 1])
        #expect(try call.prepare(["a"]).upToFirstError().records == ["a"])
        #expect(try call.results(prepared).count == 3)
        #expect(counter.value > before)
    }

    @Test func `Many records give what each gives alone, and keep their indices`() async throws {
        let embedder = try embedder()
        var texts = (0..<700).map { "film \($0 % 7) \(String(repeating: "good ", count: $0 % 5))" }
        let vectors: [[Float]] = try { try embedder.embed(texts) }()
        for index in [0, 127, 128, 129, 639, 640, 699] {
            #expect(try await embedder.embed([texts[index]])[0] == vectors[index], "text \(index)")
        }
        #expect(try await embedder.embed(texts) == vectors)
        texts[650] = Self.long
        texts[130] = Self.long
        let results = try await embedder.call().results(of: texts)
        #expect(results.indices.filter { results[$0].failure != nil } == [130, 650])
        #expect(results.compactMap { $0.failure?.record } == [130, 650])
        let error = await #expect(throws: BertError.self) { try await embedder.embed(texts) }
        #expect(error?.record == 130)
    }

    @Test func `A transformed call names the record that can't be transformed`() throws {
        let call = try embedder().call().map { vector in
            guard vector[0] != vector[0] + 1, vector.count == 1 else {
                throw BertError(.invalidArgument, "too wide", value: .int(vector.count))
            }
            return vector
        }
        let results = try call.results(of: ["a", "b"])
        #expect(results.map { $0.failure?.record } == [0, 1])
        #expect(results[0].failure?.code == .invalidArgument)
    }

    @Test func `A backend's failure is nobody's record`() throws {
        let embedder = try embedder(
            on: Counting(base: BackendRegistry.shared.backend("reference"), counter: Counter(), fails: true))
        let error = try #require(throws: BertError.self) { try embedder.call().results(of: ["a", "b"]) }
        #expect(error.code == .libraryFailure)
        #expect(error.record == nil)
    }

    @Test func `A model class is chosen by name, and has to fit`() throws {
        let folder = Fixtures.path("models/bert-mlm")
        let filler = try MaskFiller(folder: folder, as: "BertForMaskedLM", backend: "reference")
        #expect(filler.modelName == "BertForMaskedLM")
        let unknown = try #require(throws: BertError.self) {
            try MaskFiller(folder: folder, as: "BertForMaskedLN", backend: "reference")
        }
        #expect(unknown.code == .unknownName)
        let other = try #require(throws: BertError.self) {
            try MaskFiller(folder: folder, as: "BertForQuestionAnswering", backend: "reference")
        }
        #expect(other.code == .invalidConfiguration)
        #expect(other.value == "BertForQuestionAnswering")
    }

    @Test(arguments: ["MyOwnBert", "BertForPreTraining", "BertForMaskedLM"])
    func `A class that is not known, or has other heads, is that of the model type`(architecture: String) throws {
        let folder = try ModelFiles(folder: Fixtures.path("models/bert-mlm"))
        var files: [String: HostBuffer] = [:]
        for name in folder.names { files[name] = HostBuffer(try folder.read(name)) }
        let config = String(decoding: try folder.read("config.json"), as: UTF8.self)
        #expect(config.contains("BertForMaskedLM"))
        files["config.json"] = HostBuffer(
            Array(config.replacingOccurrences(of: "BertForMaskedLM", with: architecture).utf8))
        let filler = try MaskFiller(
            ModelFiles(name: "m", files: files), on: BackendRegistry.shared.backend("reference"))
        #expect(filler.modelName == "BertForMaskedLM")
    }

    @Test func `A missing backend names the class and the pipeline`() throws {
        let error = try #require(throws: BackendUnavailableError.self) {
            try MaskFiller(folder: Fixtures.path("models/distilbert-mlm"), backend: "nonesuch")
        }
        #expect(error.model == "DistilBertForMaskedLM")
        #expect(error.requester == "MaskFiller")
    }

    @Test(
        arguments: [
            ([0.5, 0.9, 0.5, 0.1], [1, 0, 2, 3]), ([.nan, 0.2, .nan, 0.3], [3, 1, 0, 2]), ([], []),
            ([-.infinity, .nan, .infinity], [2, 0, 1]), ([0, -0.0], [0, 1]),
        ] as [([Double], [Int])])
    func `The highest score comes first, of equals the first, NaN last`(scores: [Double], order: [Int]) {
        #expect(ranking(scores) == order)
    }
}

/// A backend that counts operations, or fails at the first one that computes.
private struct Counting: BackendDecorator {
    let base: any ComputeBackend
    let counter: Counter
    var fails = false
    let usesScope = false

    func perform(_ call: OperationCall) throws -> OperationResult {
        if fails, call.kind == .attention { throw BertError(.libraryFailure, "out of order") }
        counter.increment()
        return try call(on: base)
    }
}

private final class Counter: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    func increment() { count.withLock { $0 += 1 } }
}
