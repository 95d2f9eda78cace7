import Bert
import BertJSON
import TestSupport
import Testing

/// Compares the text classifier with `pipeline("text-classification")`.
@Suite struct TextClassifierTests {
    private func classifier(_ model: String) throws -> TextClassifier {
        try TextClassifier(folder: Fixtures.path("models/\(model)"), backend: "reference")
    }

    @Test(arguments: AvailableBackends.names())
    func `labels, scores and their order are those of transformers`(backend: String) throws {
        let fixtures = try PipelineFixture.cases("text-classification")
        #expect(fixtures.count == 8)
        for fixture in fixtures {
            let classifier = try TextClassifier(folder: PipelineFixture.model(fixture), backend: .named(backend))
            for call in try #require(fixture["calls"]?.arrayValue) {
                let options = call["options"]
                let function = options?["function_to_apply"]?.stringValue.flatMap(ScoreFunction.init)
                let results: [TextClassification] = try classifier.classify(
                    PipelineFixture.texts(call["inputs"]), function: function, options: TextOptions(tokenBudget: 20))
                let got =
                    if let count = options?["top_k"] {
                        try PipelineFixture.json(results.map { $0.top(count.intValue) })
                    } else {
                        try PipelineFixture.json(results)
                    }
                let problem = PipelineFixture.difference(got, try #require(call["outputs"]))
                #expect(problem == nil, "\(fixture["model"] ?? .null), \(options ?? .null), on \(backend)")
            }
        }
    }

    @Test(arguments: ["deebert", "deebert-binary", "deeroberta", "pabee-bert"])
    func `a model with off-ramps says after which layer a text left`(model: String) throws {
        let classifier = try classifier(model)
        #expect(classifier.hasOffRamps)
        let texts = ["a great movie", "it is slow"]
        let early: [TextClassification] = try classifier.classify(texts, policy: .fixedLayer(2))
        #expect(early.map(\.exitLayer) == [2, 2])
        #expect(try PipelineFixture.json(early)[0]?["exit_layer"]?.intValue == 2)
        let whole: [TextClassification] = try classifier.classify(texts, policy: .never)
        #expect(whole.map(\.exitLayer) == [classifier.layerCount, classifier.layerCount])
        #expect(whole[0].scores != early[0].scores)
    }

    @Test func `a model without off-ramps can't leave early, and says so`() throws {
        let classifier = try classifier("bert-seqcls-single")
        let error = #expect(throws: BertError.self) {
            try classifier.classify(["a"], policy: .fixedLayer(1)) as [TextClassification]
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.key == "policy")
        let results: [TextClassification] = try classifier.classify(["a"], policy: .never)
        #expect(results.map(\.exitLayer) == [classifier.layerCount])
    }

    @Test func `a model of another task is an error that names the class that does it`() throws {
        expectError(
            .invalidConfiguration, key: "architectures", value: "BertForQuestionAnswering",
            choices: ["BertForSequenceClassification"]
        ) { try classifier("bert-qa") }
    }

    @Test func `no texts have no labels, and a long one is an error with its number`() throws {
        let classifier = try classifier("bert-seqcls-single")
        #expect(try (classifier.classify([] as [String]) as [TextClassification]).isEmpty)
        let long = String(repeating: "movie ", count: 50)
        let error = #expect(throws: BertError.self) {
            try classifier.classify([PairedText("a"), PairedText("a", pair: long)]) as [TextClassification]
        }
        #expect(error?.code == .tooManyTokens)
        #expect(error?.record == 1)
        let cut: [TextClassification] = try classifier.classify([long], options: TextOptions(truncates: true))
        #expect(cut.count == 1)
    }

    @Test func `an asynchronous call gives what the blocking one gives`() async throws {
        let classifier = try classifier("bert-seqcls-single")
        let texts = [PairedText("a great movie", pair: "it is good"), PairedText("slow")]
        let blocking: [TextClassification] = try { try classifier.classify(texts) }()
        async let first = classifier.classify(texts)
        #expect(try await first == blocking)
    }
}
