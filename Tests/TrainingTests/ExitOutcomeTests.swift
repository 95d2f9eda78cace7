import Bert
import BertJSON
import BertTraining
import Testing

@Suite struct ExitOutcomeTests {
    @Test func `Clopper-Pearson bounds are those of scipy`() throws {
        for bound in try CalibrationFixture.expected().required("bounds").elements() {
            let (count, trials) = (try bound.required("count").int(), try bound.required("trials").int())
            let got = ClopperPearson.upperBound(
                count, of: trials, confidence: try bound.required("confidence").double())
            let want = try bound.required("upper").double()
            #expect(abs(got - want) <= 1e-9 * want, "\(count) of \(trials): \(got), scipy \(want)")
        }
        #expect(ClopperPearson.upperBound(0, of: 0, confidence: 0.9) == 1)
    }

    @Test func `The trials needed are the fewest whose bound holds`() {
        for (limit, confidence) in [(0.005, 0.9), (0.01, 0.95), (0.2, 0.5)] {
            let count = ClopperPearson.trialsNeeded(limit: limit, confidence: confidence)
            #expect(ClopperPearson.upperBound(0, of: count, confidence: confidence) <= limit)
            #expect(ClopperPearson.upperBound(0, of: count - 1, confidence: confidence) > limit)
        }
    }

    private static func policies() throws -> [(name: String, policy: ExitPolicy)] {
        let layers = try CalibrationFixture.expected().required("score").elements().map { layer in
            ExitScore.Layer(
                bias: try layer.required("bias").double(),
                weights: try layer.required("weights").elements().map { try $0.double() })
        }
        return [
            ("never", .never), ("entropy 0.3", .entropy(0.3)),
            ("entropy per layer", .entropy([0.05, 0.2, 0.3, 0.1, 0.4, -1])), ("confidence 0.9", .confidence(0.9)),
            ("patience 2", .patience(2)), ("entropy patience 0.3 2", .entropyPatience(0.3, layers: 2)),
            ("fixed layer 3", .fixedLayer(3)),
            ("score 0.97", .score(ExitScore(threshold: 0.97, layers: layers + [nil]))),
        ]
    }

    @Test func `Policies do what numpy says they do`() throws {
        let expected = try CalibrationFixture.expected().required("policies")
        let labelled = try CalibrationFixture.data("test")
        let bare = try labelled.withoutLabels()
        for (name, policy) in try Self.policies() {
            let want = try expected.required(name)
            let got = try labelled.outcome(of: policy)
            #expect(got.lost == (try want.required("lost").int()), "\(name)")
            #expect(abs(try #require(got.accuracy) - want.required("accuracy").double()) < 1e-12, "\(name)")
            #expect(abs(try #require(got.accuracyChange) - want.required("change").double()) < 1e-12, "\(name)")
            #expect(abs(try got.meanExitLayer - want.required("mean_exit_layer").double()) < 1e-12, "\(name)")
            #expect(abs(try got.speedUpInLayers - want.required("speed_up").double()) < 1e-12, "\(name)")
            // Without labels, an answer that isn't the whole model's is lost.
            let unlabelled = try bare.outcome(of: policy)
            #expect(unlabelled.lost == (try want.required("differing").int()), "\(name)")
            #expect(unlabelled.exits == got.exits)
            #expect(unlabelled.accuracy == nil)
        }
    }

    @Test func `A fitted score is the regression that scipy finds`() throws {
        let data = try CalibrationFixture.data("validation").taking(0..<2000)
        let score = try ExitScore(fittedTo: data)
        let expected = try CalibrationFixture.expected().required("score").elements()
        #expect(score.layers.count == 6)
        #expect(score.layers[5] == nil)
        for (layer, want) in zip(score.layers, expected) {
            let layer = try #require(layer)
            #expect(abs(try layer.bias - want.required("bias").double()) < 2e-4)
            for (got, want) in zip(layer.weights, try want.required("weights").elements()) {
                #expect(abs(try got - want.double()) < 2e-4)
            }
        }
        // The labels aren't used.
        #expect(try ExitScore(fittedTo: data.withoutLabels()) == score)
    }

    @Test func `Data that can't be judged is an error`() throws {
        let good = ExitData.Text(offRamps: [[0, 1], [0, 1]], logits: [0, 1], tokens: 3, label: 1)
        func refused(_ texts: [ExitData.Text]) -> BertError? { #expect(throws: BertError.self) { try ExitData(texts) } }
        #expect(refused([])?.code == .invalidInput)
        var other = good
        other.label = nil
        #expect(refused([good, other])?.record == 1)
        other = good
        other.label = 2
        #expect(refused([good, other])?.record == 1)
        other = good
        other.offRamps[1] = [.nan, 0]
        #expect(refused([good, other])?.record == 1)
        other = good
        other.offRamps = [[0, 1]]
        #expect(refused([good, other])?.record == 1)
        #expect(refused([ExitData.Text(offRamps: [[0], [0]], logits: [1], tokens: 1, label: nil)]) != nil)
    }
}
