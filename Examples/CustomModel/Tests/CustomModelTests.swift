import Bert
import BertTraining
import CustomModel
import Foundation
import Testing

/// Compares the outputs of the models with the fixtures that `make-fixtures.py` generates.
@Suite struct CustomModelTests {
    private struct Expected: Decodable {
        let ids: [[Int32]]
        let logits: [[Float]]
        let exitLayer: [Int]?
        let offRamps: [[[Float]]]?
    }

    private func folder(_ name: String) throws -> String {
        try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil)).appendingPathComponent(name).path
    }

    private func expected(_ name: String) throws -> Expected {
        let file = URL(fileURLWithPath: try folder(name)).appendingPathComponent("expected.json")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Expected.self, from: Data(contentsOf: file))
    }

    private func expectClose(_ got: [Float], _ want: [Float]) {
        #expect(got.count == want.count)
        for (got, want) in zip(got, want) { #expect(abs(got - want) < 1e-4) }
    }

    @Test(arguments: ["margin", "pebble"]) func `The catalogue finds the class, and it gives these logits`(name: String)
        throws
    {
        let want = try expected(name)
        let model = try #require(
            ModelCatalogue.shared.fromPretrained(folder(name), backend: "reference", options: .strict)
                as? any SequenceClassificationModel)
        let output = try model.forward(ModelInput(ids: want.ids), labels: nil, options: ForwardOptions())
        expectClose(try model.backend.floats(output.logits), want.logits.flatMap(\.self))
    }

    @Test func `Texts leave by the rule, and a caller's policy comes before it`() throws {
        let want = try expected("margin")
        let model = try BertForMarginClassification.fromPretrained(folder("margin"), backend: "reference")
        let output = try model.classify(ModelInput(ids: want.ids), offRamps: true)
        #expect(output.exitLayer == want.exitLayer)
        #expect(Set(output.exitLayer).count > 1)
        let whole = try model.classify(ModelInput(ids: want.ids), policy: .never, offRamps: true)
        #expect(whole.exitLayer == [3, 3, 3])
        for (ramps, want) in zip(try #require(whole.offRamps), try #require(want.offRamps)) {
            for (ramp, want) in zip(ramps, want) { expectClose(ramp.logits, want) }
        }
    }

    @Test func `The model learns with a loss of its own, and what it saves is loaded again`() throws {
        let files = try ModelFiles(folder: folder("margin"))
        var config = try BertConfig(files)
        let parameters = try BertForMarginClassification.parameterStore(&config, Checkpoint(files), options: .strict)
        var data = TrainingData(task: .classification, labels: config.labels)
        for (index, ids) in try expected("margin").ids.enumerated() {
            data.add(
                TrainingExample(
                    [.init(ids: ids, types: ids.map { _ in 0 })], .label(Int32(index % config.numLabels))))
        }
        var arguments = TrainingArguments()
        arguments.maxSteps = 30
        arguments.learningRate = 1e-2
        arguments.loggingSteps = 1
        arguments.saveStrategy = .no
        let output = FileManager.default.temporaryDirectory.appendingPathComponent("margin-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: output) }
        let trainer = try Trainer(
            TrainingSubject(BertForMarginClassification.self, config, parameters, training: data), arguments,
            on: BackendRegistry.shared.backend("reference"), output: output, loss: marginLoss)
        let losses = try trainer.train().state.logHistory.compactMap { $0["loss"]?.doubleValue }
        #expect(try #require(losses.last) < 0.5 * (try #require(losses.first)))
        let trained = try BertForMarginClassification.fromPretrained(output, backend: "reference", options: .strict)
        #expect(trained.parameters.report.isClean)
    }

    @Test func `Masked-out tokens count for nothing`() throws {
        let want = try expected("pebble")
        let model = try PebbleForSequenceClassification.fromPretrained(folder("pebble"), backend: "reference")
        let ids: [Int32] = want.ids[0]
        let padded = ModelInput(
            words: .ids(ids + [0, 0, 0]), lengths: [ids.count + 3],
            mask: .tokens(ids.map { _ in true } + [false, false, false]))
        expectClose(try model.backend.floats(model.forward(padded).logits), want.logits[0])
    }

    @Test(arguments: ["margin", "pebble"]) func `What is saved is loaded again`(name: String) throws {
        let copy = FileManager.default.temporaryDirectory.appendingPathComponent("custom-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: copy) }
        let want = try expected(name)
        try ModelCatalogue.shared.fromPretrained(folder(name), backend: "reference").savePretrained(copy)
        let model = try #require(
            ModelCatalogue.shared.fromPretrained(copy, backend: "reference", options: .strict)
                as? any SequenceClassificationModel)
        let output = try model.forward(ModelInput(ids: want.ids), labels: nil, options: ForwardOptions())
        expectClose(try model.backend.floats(output.logits), want.logits.flatMap(\.self))
    }

    @Test(arguments: ["BertForMarginClassification", "PebbleModel", "PebbleForSequenceClassification"])
    func `Without its backend a class is a dummy`(name: String) throws {
        let resolution = try ModelCatalogue.shared.resolve(name, backend: "nosuch")
        #expect(resolution.isDummy)
        let dummy = try resolution.fromPretrainedOrDummy("nowhere")
        #expect(type(of: dummy).modelName == name)
        #expect(throws: BackendUnavailableError.self) { _ = try dummy.config }
    }

    @Test func `A parameter of the head that the checkpoint lacks is named`() throws {
        let files = try ModelFiles(folder: folder("pebble"))
        let error = #expect(throws: BertError.self) {
            try BertForMarginClassification.fromPretrained(
                BertConfig(ModelFiles(folder: folder("margin"))), Checkpoint(files),
                on: BackendRegistry.shared.backend("reference"), options: .strict)
        }
        #expect(error?.code == .weightsMismatch)
    }

    @Test func `A key of the family is bounded`() throws {
        var config = try BertConfig(ModelFiles(folder: folder("pebble")))
        config[PebbleConfiguration.self].headWidth = 0
        let error = #expect(throws: BertError.self) { try config.validate() }
        #expect(error?.code == .invalidConfiguration && error?.key == "head_width" && error?.value == 0)
    }
}
