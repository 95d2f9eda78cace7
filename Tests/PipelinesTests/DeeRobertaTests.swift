import Bert
import TestSupport
import Testing

@Suite struct DeeRobertaTests {
    @Test("a RoBERTa with off-ramps labels texts with its own tokenizer")
    func classify() throws {
        let classifier = try TextClassifier(folder: Fixtures.path("models/deeroberta"), backend: .named("reference"))
        let results: [TextClassification] = try classifier.classify(["a cat", "a dög that <mask>"])
        #expect(results.count == 2)
        #expect(results.allSatisfy { classifier.labels.contains($0.label) && $0.exitLayer == classifier.layerCount })
    }
}
