import Bert
import BertCheckpoints
import TestSupport
import Testing

@testable import BertTraining

/// Off-ramps that no stage of DeeBERT trains, or that its second stage starts anew.
@Suite struct OffRampInitialisationTests {
    private func pooler(_ layer: Int) -> String { "bert.encoder.highway.\(layer).pooler.dense.weight" }

    /// The model of the fixture, whose off-ramps were trained, or one with the same pooler in every off-ramp.
    private func subject(hasTrainedOffRamps: Bool) throws -> TrainingSubject {
        let files = try ModelFiles(folder: Fixtures.path("training/models/deebert"))
        var config = try BertConfig(files)
        let type = DeeBertForSequenceClassification.self
        var store = try type.parameterStore(&config, Checkpoint(files), options: .strict)
        if !hasTrainedOffRamps {
            let first = try #require(store[pooler(0)]).float32()
            var values: [String: HostBuffer] = [:]
            for layer in 1..<config.numHiddenLayers { values[pooler(layer)] = first }
            store = store.replacing(values)
        }
        var data = TrainingData(task: .classification, labels: config.labels)
        for index in 0..<8 {
            let ids = (0..<4).map { Int32(3 + (index * 5 + $0 * 3) % 20) }
            data.add(
                TrainingExample(
                    [TrainingExample.Sequence(ids: ids, types: ids.map { _ in 0 })],
                    .label(Int32(index % config.numLabels))))
        }
        return TrainingSubject(type, config, store, training: data)
    }

    private func train(
        _ subject: TrainingSubject, _ stage: TrainingArguments.ExitTraining, rate: Double
    ) throws -> (String) throws -> [Float] {
        let output = try TemporaryFolder()
        var arguments = TrainingArguments()
        arguments.maxSteps = 2
        arguments.learningRate = rate
        arguments.exitTraining = stage
        let backend = try BackendRegistry.shared.backend("reference", for: "a test")
        _ = try Trainer(subject, arguments, on: backend, output: output.path).train()
        let saved = try Checkpoint(ModelFiles(folder: output.path))
        var config = subject.config
        let store = try subject.modelType.parameterStore(&config, saved, options: .strict)
        return { name in try self.floats(store[name]) }
    }

    private func floats(_ tensor: StoredTensor?) throws -> [Float] {
        try #require(tensor).float32().withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    }

    @Test(arguments: [TrainingArguments.ExitTraining.stage2, .twoStage])
    func `The second stage starts with the trunk's pooler and ends with the final classifier in the last off-ramp`(
        stage: TrainingArguments.ExitTraining
    ) throws {
        let subject = try subject(hasTrainedOffRamps: false)
        let last = subject.config.numHiddenLayers - 1
        let still = try train(subject, stage, rate: 0)
        for layer in 0...last { #expect(try still(pooler(layer)) == still("bert.pooler.dense.weight")) }
        let trained = try train(subject, stage, rate: 1e-2)
        #expect(try trained(pooler(0)) != trained("bert.pooler.dense.weight"))
        for part in ["weight", "bias"] {
            #expect(
                try trained("bert.encoder.highway.\(last).pooler.dense.\(part)") == trained("bert.pooler.dense.\(part)")
            )
            #expect(try trained("bert.encoder.highway.\(last).classifier.\(part)") == trained("classifier.\(part)"))
        }
    }

    @Test(arguments: [TrainingArguments.ExitTraining.stage2, .alternating, .twoStage])
    func `Off-ramps that were trained are kept`(stage: TrainingArguments.ExitTraining) throws {
        let subject = try subject(hasTrainedOffRamps: true)
        let still = try train(subject, stage, rate: 0)
        for name in subject.store.names where name.contains("highway") {
            #expect(try still(name) == floats(subject.store[name]), "\(name)")
        }
    }
}
