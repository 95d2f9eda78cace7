import Bert
import BertJSON
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite struct MaskFillerTests {
    private static let folder = Fixtures.path("models/bert-mlm")

    @Test(arguments: try SpanFixture.all("fill-mask"))
    func `Guesses are those of Hugging Face's pipeline`(fixture: SpanFixture) throws {
        let filler = try MaskFiller(folder: fixture.model, backend: .named("reference"))
        let results: [MaskFillings] = try filler.fill(
            fixture.texts.map { try $0.string() }, topK: fixture.options["top_k"]?.int() ?? 5,
            targets: fixture.options["targets"]?.elements().map { try $0.string() })
        #expect(results.count == fixture.results.count)
        for (index, (result, expected)) in zip(results, fixture.results).enumerated() {
            let json = try JSONValue(parsing: Array(JSONEncoder().encode(result)))
            #expect(difference(json, expected.value) == nil, "text \(index)")
        }
    }

    @Test(arguments: AvailableBackends.names())
    func `Every backend, batch and call agrees, and the JSON is read again`(backend: String) async throws {
        let filler = try MaskFiller(folder: Self.folder, backend: .named(backend))
        let texts = ["a [MASK] film", "[MASK]", "the plot of the story is [MASK] and [MASK]"]
        let together: [MaskFillings] = try { try filler.fill(texts, topK: 1) }()
        let alone: [MaskFillings] = try {
            try filler.fill(texts, topK: 1, options: TextOptions(tokenBudget: 1))
        }()
        let later = try await filler.fill(texts, topK: 1)
        #expect(later == together)
        for (left, right) in zip(together, alone) {
            #expect(left.masks.map { $0.map(\.token) } == right.masks.map { $0.map(\.token) })
        }
        let coded = try JSONDecoder().decode([MaskFillings].self, from: JSONEncoder().encode(together))
        #expect(coded == together)
    }

    @Test func `What can't be guessed is an error with the text's index`() throws {
        let filler = try MaskFiller(folder: Self.folder, backend: .named("reference"))
        func failure(
            _ texts: [String], topK: Int = 5, targets: [String]? = nil, truncates: Bool = false
        ) throws -> BertError {
            try #require(throws: BertError.self) {
                try filler.fill(texts, topK: topK, targets: targets, options: TextOptions(truncates: truncates))
                    as [MaskFillings]
            }
        }
        let none = try failure(["[MASK]", "none"])
        #expect(none.code == .invalidInput)
        #expect(none.record == 1)
        #expect(none.value == "[MASK]")
        let long = String(repeating: "a ", count: 60) + "[MASK]"
        let tooLong = try failure([long])
        #expect(tooLong.code == .tooManyTokens)
        #expect(tooLong.record == 0)
        #expect(tooLong.value == 63)
        #expect(tooLong.limit == 40)
        #expect(try failure([long], truncates: true).code == .invalidInput)
        let guesses = try failure(["[MASK]"], topK: 0)
        #expect(guesses.code == .invalidArgument)
        #expect(guesses.key == "topK")
        #expect(guesses.record == nil)
        #expect(try failure(["[MASK]"], targets: []).key == "targets")
        // The folder has no tokenizer.
        let bare = Fixtures.path("models/albert-base")
        #expect(throws: TokenizerError.self) { try MaskFiller(folder: bare, backend: .named("reference")) }
    }

    @Test func `The scores of the masks alone are computed`() throws {
        let operations = Mutex([Int]())
        let trace = Trace { call in operations.withLock { $0.append(call.productOperations) } }
        let files = try ModelFiles(folder: Self.folder)
        let config = try BertConfig(files)
        let filler = try MaskFiller(files, on: trace.wrap(BackendRegistry.shared.backend("reference")))
        let results: [MaskFillings] = try filler.fill(["the plot is [MASK] and the film [MASK]", "a [MASK] film"])
        #expect(results.map(\.masks.count) == [2, 1])
        // Three masks, and two operations for each product of components of a hidden state and a word embedding.
        let perRow = 2 * config.hiddenSize * config.vocabSize
        #expect(operations.withLock { $0 }.contains(3 * perRow))
        let tokens = try filler.call().prepare(["the plot is [MASK] and the film [MASK]", "a [MASK] film"]).tokenCounts
        #expect(!operations.withLock { $0 }.contains(tokens.reduce(0) { $0 + ($1 ?? 0) } * perRow))
    }
}
