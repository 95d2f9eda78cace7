import Bert
import BertJSON
import TestSupport
import Testing

/// Tests the accuracy and exit layers of the small sentiment model on SST-2's development set for each entropy
/// threshold.
struct EarlyExitAccuracyTests {
    private struct Expectation {
        let threshold: Float
        let accuracy: Double
        let meanExitLayer: Double
        let exitLayers: [Int]
        /// The number of sentences whose entropy is so close to the threshold that float32 and float64 may differ.
        let undecided: Int
    }

    private func expectations() throws -> [Expectation] {
        let json = try JSONNode(
            parsing: ModelFiles(folder: Fixtures.path("sst2")).read("exits.json"), source: "exits.json")
        return try json.required("thresholds").members().map { key, node in
            Expectation(
                threshold: try #require(Float(key)), accuracy: try node.required("accuracy").double(),
                meanExitLayer: try node.required("mean_exit_layer").double(),
                exitLayers: try node.required("exit_layer").elements().map { try $0.int() },
                undecided: try node.required("entropies_within_1e-5_of_threshold").int())
        }
    }

    @Test(arguments: AvailableBackends.names())
    func `every threshold gives the accuracy and exit layers stored beside the model`(backend name: String) throws {
        let classifier = try TextClassifier(folder: SST2.model, backend: .named(name))
        let all = try SST2.sentences()
        #expect(all.count == 872)
        let sentences = BuildConfiguration.isOptimised ? all : Array(all.prefix(8))
        for expected in try expectations() {
            let results: [TextClassification] = try classifier.classify(
                sentences.map(\.text), policy: .entropy(expected.threshold), options: TextOptions(truncates: true))
            let different = zip(results, expected.exitLayers).count { $0.exitLayer != $1 }
            #expect(different <= expected.undecided, "threshold \(expected.threshold) on \(name)")
            guard sentences.count == all.count else { continue }
            let right = zip(results, sentences).count { classifier.labels.firstIndex(of: $0.label) == $1.label }
            let share = 1 / Double(all.count)
            let slack = share * Double(expected.undecided) + 1e-6
            #expect(
                abs(Double(right) * share - expected.accuracy) <= slack, "threshold \(expected.threshold) on \(name)")
            let mean = Double(results.reduce(0) { $0 + $1.exitLayer }) * share
            #expect(abs(mean - expected.meanExitLayer) <= 5 * slack, "threshold \(expected.threshold) on \(name)")
        }
    }

    @Test(arguments: AvailableBackends.names())
    func `a sentence leaves at the same layer with the same answer alone and in a batch`(backend name: String) throws {
        let classifier = try TextClassifier(folder: SST2.model, backend: .named(name))
        let texts = try SST2.sentences().map(\.text).prefix(BuildConfiguration.isOptimised ? 872 : 6)
        let policy = ExitPolicy.entropy(0.3)
        for start in stride(from: 0, to: texts.count, by: 32) {
            let batch = Array(texts[start..<min(texts.count, start + 32)])
            let together: [TextClassification] = try classifier.classify(
                batch, policy: policy, options: TextOptions(truncates: true, tokenBudget: 1 << 20))
            for (text, result) in zip(batch, together) {
                let alone: [TextClassification] = try classifier.classify(
                    [text], policy: policy, options: TextOptions(truncates: true))
                #expect(alone[0].exitLayer == result.exitLayer, "\(text)")
                #expect(abs(alone[0].score - result.score) < 1e-5, "\(text)")
            }
        }
    }
}
