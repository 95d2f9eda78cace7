import Bert
import BertJSON
import Foundation
import TestSupport
import Testing

@Suite struct TokenClassifierTests {
    private static let folder = Fixtures.path("pipelines/bert-ner")

    @Test(arguments: try SpanFixture.all("token-classification"))
    func `Entities are those of Hugging Face's pipeline`(fixture: SpanFixture) throws {
        let classifier = try TokenClassifier(folder: fixture.model, backend: .named("reference"))
        let aggregation = try fixture.options.required("aggregation_strategy").string()
        let results: [[TokenEntity]] = try classifier.classify(
            fixture.texts.map { try $0.string() }, aggregation: #require(EntityAggregation(rawValue: aggregation)),
            stride: fixture.options["stride"]?.int(),
            ignoredLabels: Set(fixture.options["ignore_labels"]?.elements().map { try $0.string() } ?? ["O"]))
        #expect(results.count == fixture.results.count)
        for (index, (result, expected)) in zip(results, fixture.results).enumerated() {
            let json = try JSONValue(parsing: Array(JSONEncoder().encode(result)))
            #expect(difference(json, expected.value) == nil, "text \(index)")
        }
    }

    @Test(arguments: AvailableBackends.names())
    func `Every backend and call agrees, and the JSON is read again`(backend: String) async throws {
        let classifier = try TokenClassifier(folder: Self.folder, backend: .named(backend))
        let texts = ["the film is great", "they watched", "the plot of the story is slow and the acting dull"]
        let together: [[TokenEntity]] = try { try classifier.classify(texts, ignoredLabels: []) }()
        #expect(together.map(\.count) == [4, 3, 10] || together.allSatisfy { !$0.isEmpty })
        #expect(try await classifier.classify(texts, ignoredLabels: []) == together)
        let alone: [[TokenEntity]] = try texts.map { try classifier.classify([$0], ignoredLabels: [])[0] }
        #expect(alone.map { $0.map(\.label) } == together.map { $0.map(\.label) })
        let coded = try JSONDecoder().decode([[TokenEntity]].self, from: JSONEncoder().encode(together))
        #expect(coded == together)
    }

    @Test func `What can't be done is an error with the text's index or the option's name`() throws {
        let classifier = try TokenClassifier(folder: Self.folder, backend: .named("reference"))
        let long = String(repeating: "a ", count: 60)
        func failure(_ stride: Int?, _ aggregation: EntityAggregation) throws -> BertError {
            try #require(throws: BertError.self) {
                try classifier.classify(["a", long], aggregation: aggregation, stride: stride) as [[TokenEntity]]
            }
        }
        let tooLong = try failure(nil, .none)
        #expect(tooLong.code == .tooManyTokens)
        #expect(tooLong.record == 1)
        #expect(tooLong.limit == 40)
        #expect(try failure(3, .none).key == "aggregation")
        let wide = try failure(38, .simple)
        #expect(wide.key == "stride")
        #expect(wide.value == 38)
        #expect(wide.limit == 37)
        #expect(try failure(-1, .simple).limit == 0)
        let results: [[TokenEntity]] = try classifier.classify(["a", long], aggregation: .simple, stride: 37)
        #expect(results.count == 2)
    }
}
