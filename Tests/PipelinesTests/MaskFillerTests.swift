import Bert
import BertJSON
import Foundation
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

    @Test func `What can't be guessed is an error that says why`() throws {
        let filler = try MaskFiller(folder: Self.folder, backend: .named("reference"))
        func message(
            _ texts: [String], topK: Int = 5, targets: [String]? = nil, truncates: Bool = false
        ) -> String {
            do {
                _ =
                    try filler.fill(texts, topK: topK, targets: targets, options: TextOptions(truncates: truncates))
                    as [MaskFillings]
                return ""
            } catch { return "\(error)" }
        }
        #expect(message(["[MASK]", "none"]).contains("text 1"))
        #expect(message(["[MASK]", "none"]).contains("[MASK]"))
        let long = String(repeating: "a ", count: 60) + "[MASK]"
        #expect(message([long]).contains("the model takes 40"))
        #expect(message([long], truncates: true).contains("what is left"))
        #expect(message(["[MASK]"], topK: 0).contains("topK is 0"))
        #expect(message(["[MASK]"], targets: []).contains("targets"))
        let other = #expect(throws: BertError.self) { try MaskFiller(folder: Fixtures.path("models/albert-base")) }
        #expect(other != nil)
    }
}
