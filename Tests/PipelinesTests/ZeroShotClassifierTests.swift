import Bert
import BertJSON
import TestSupport
import Testing

/// Compares zero-shot classification with `pipeline("zero-shot-classification")`.
@Suite struct ZeroShotClassifierTests {
    @Test(arguments: AvailableBackends.names())
    func `labels, scores and their order are those of transformers`(backend: String) throws {
        let fixtures = try PipelineFixture.cases("zero-shot-classification")
        #expect(fixtures.count == 1)
        for fixture in fixtures {
            let classifier = try ZeroShotClassifier(folder: PipelineFixture.model(fixture), backend: .named(backend))
            for call in try #require(fixture["calls"]?.arrayValue) {
                let options = call["options"]
                let results: [ZeroShotClassification] = try classifier.classify(
                    PipelineFixture.texts(call["inputs"]).map(\.text),
                    labels: #require(call["labels"]?.arrayValue).compactMap(\.stringValue),
                    hypothesisTemplate: options?["hypothesis_template"]?.stringValue
                        ?? ZeroShotClassifier.hypothesisTemplate,
                    multiLabel: options?["multi_label"]?.boolValue ?? false, options: TextOptions(truncates: true))
                let problem = try PipelineFixture.difference(
                    PipelineFixture.json(results), #require(call["outputs"]))
                #expect(problem == nil, "\(options ?? .null) on \(backend)")
            }
        }
    }

    @Test func `a model without entailment is an error that says so`() throws {
        let error = #expect(throws: BertError.self) {
            try ZeroShotClassifier(folder: Fixtures.path("models/bert-seqcls-auto"), backend: "reference")
        }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.key == "label2id")
        #expect(error?.file?.hasSuffix("config.json") == true)
    }

    @Test func `No labels, a template without a place and a text that is too long are errors`() throws {
        let folder = Fixtures.path("models/bert-seqcls-single")
        let classifier = try ZeroShotClassifier(folder: folder, backend: "reference")
        typealias Results = [ZeroShotClassification]
        let none = #expect(throws: BertError.self) { try classifier.classify(["a"], labels: []) as Results }
        #expect(none?.code == .invalidArgument)
        let template = #expect(throws: BertError.self) {
            try classifier.classify(["a"], labels: ["b"], hypothesisTemplate: "this") as Results
        }
        #expect(template?.code == .invalidArgument)
        #expect(template?.value == "this")
        let long = String(repeating: "movie ", count: 50)
        let tooLong = #expect(throws: BertError.self) {
            try classifier.classify(["a", long], labels: ["b", "c"]) as Results
        }
        #expect(tooLong?.code == .tooManyTokens)
        #expect(tooLong?.record == 1)
        let results = try classifier.call(labels: ["b", "c"]).results(of: ["a", long, "a"])
        #expect(results[1].failure?.record == 1)
        #expect(try results[0].get() == results[2].get())
    }
}
