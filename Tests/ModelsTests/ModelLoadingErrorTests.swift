import Bert
import Synchronization
import TestSupport
import Testing

/// Tests that errors of a checkpoint name folder, file and key.
struct ModelLoadingErrorTests {
    private func failure(_ folder: String, options: LoadingOptions = LoadingOptions()) -> BertError? {
        #expect(throws: BertError.self) {
            try BertModel.fromPretrained(Fixtures.path(folder), backend: "reference", options: options)
        }
    }

    @Test func `a missing parameter is initialised, warned of and reported`() throws {
        let warnings = Mutex<[BackendEvent]>([])
        func load(_ options: LoadingOptions) throws -> BertModel {
            try BertModel.fromPretrained(Fixtures.path("bad/missing-tensor"), backend: "reference", options: options)
        }
        let model = try load(LoadingOptions { event in warnings.withLock { $0.append(event) } })
        #expect(model.parameters.report.missingKeys == ["encoder.layer.0.output.dense.weight"])
        let warning = try #require(warnings.withLock { $0.count == 1 ? $0.first : nil })
        #expect(warning.level == .warning)
        #expect(warning.message.contains("encoder.layer.0.output.dense.weight"))
        // The same as with seed 0, so that runs are reproducible.
        let name = "encoder.layer.0.output.dense.weight"
        let seeded = try #require(load(LoadingOptions(missing: .initialise(seed: 0))).parameters[name]).float32()
        let fresh = try #require(model.parameters[name]).float32()
        #expect(seeded.withUnsafeBytes(Array.init) == fresh.withUnsafeBytes(Array.init))
    }

    @Test func `nothing is warned of where everything is there, or what is missing is optional`() throws {
        let options = LoadingOptions { Issue.record("\($0.message)") }
        for (folder, hasPooler) in [
            ("models/bert-base", true), ("models/cross-load-cls", true), ("models/bert-mlm", false),
        ] {
            let model = try BertModel.fromPretrained(Fixtures.path(folder), backend: "reference", options: options)
            #expect(try (model.encode(ModelInput(ids: [[1, 2]])).poolerOutput != nil) == hasPooler, "\(folder)")
        }
    }

    @Test func `a checkpoint that has none of the parameters is an error`() throws {
        let files = try ModelFiles(folder: Fixtures.path("models/bert-base"))
        let other = try Checkpoint(
            ModelFiles(name: "other", files: ["model.safetensors": files.map("expected.safetensors")]))
        let error = try #require(throws: BertError.self) {
            try BertModel.fromPretrained(BertConfig(files), other, on: BackendRegistry.shared.backend("reference"))
        }
        error.expect(.weightsMismatch, file: "other/model.safetensors")
    }

    @Test func `a strict load names a missing parameter`() throws {
        failure("bad/missing-tensor", options: .strict)?.expect(
            .weightsMismatch, file: Fixtures.path("bad/missing-tensor/model.safetensors"),
            key: "encoder.layer.0.output.dense.weight")
    }

    @Test func `a missing parameter is initialised and reported when fresh weights are asked for`() throws {
        let folder = Fixtures.path("bad/missing-tensor")
        let options = LoadingOptions(missing: .initialise(seed: 1))
        let model = try BertModel.fromPretrained(folder, backend: "reference", options: options)
        #expect(model.parameters.report.missingKeys == ["encoder.layer.0.output.dense.weight"])
        #expect(model.parameters.report.unexpectedKeys == [])
        let input = ModelInput(ids: [[1, 2, 3]])
        let again = try BertModel.fromPretrained(folder, backend: "reference", options: options)
        let first = try model.backend.floats(model.encode(input).lastHiddenState)
        #expect(try model.backend.floats(again.encode(input).lastHiddenState) == first)
        #expect(first.allSatisfy { $0.isFinite })
    }

    @Test func `a parameter of another shape is named with both shapes`() throws {
        failure("bad/wrong-shape")?.expect(
            .weightsMismatch, file: Fixtures.path("bad/wrong-shape/model.safetensors"),
            key: "encoder.layer.0.attention.self.query.weight")
    }

    @Test func `a folder that is not there, and one without a configuration, are told apart`() throws {
        failure("no-such-folder")?.expect(.fileNotReadable, file: Fixtures.path("no-such-folder"))
        failure("tokenizers")?.expect(.fileNotReadable, file: Fixtures.path("tokenizers/config.json"))
    }

    @Test func `tensors that the model has no use for are reported`() throws {
        let model = try BertModel.fromPretrained(Fixtures.path("models/bert-legacy-names"), backend: "reference")
        #expect(model.parameters.report.unexpectedKeys.allSatisfy { $0.hasPrefix("cls.") })
        #expect(!model.parameters.report.unexpectedKeys.isEmpty)
        #expect(model.parameters.report.missingKeys.isEmpty)
    }

    @Test(
        arguments: [
            (ModelInput(ids: [[1, 2], [3, 5_000]]), 1, "input_ids", 5_000, nil),
            (ModelInput(ids: [[1, -1]]), 0, "input_ids", -1, nil),
            (ModelInput(ids: [[1]], tokenTypes: [[7]]), 0, "token_type_ids", 7, 2),
            (ModelInput(ids: [[Int32](repeating: 1, count: 41)]), 0, nil, 41, 40),
            (ModelInput(words: .ids([1, 2, 3]), lengths: [2]), nil, "input_ids", 3, 2),
            (ModelInput(words: .ids([1, 2]), lengths: [2], mask: .tokens([true])), nil, "attention_mask", 1, 2),
            (ModelInput(words: .ids([1, 2]), lengths: [2], mask: .pairs([true, true])), nil, "attention_mask", 2, 4),
            (ModelInput(words: .ids([1]), lengths: [1], headMask: [[1]]), nil, "head_mask", nil, nil),
            (ModelInput(words: .vectors([1, 2], size: 2), lengths: [1]), nil, "inputs_embeds", 2, 32),
            (ModelInput(ids: [[]]), 0, nil, nil, nil),
        ] as [(ModelInput, Int?, String?, BertError.Value?, BertError.Value?)])
    func `input that doesn't fit is an error that names argument and place`(
        input: ModelInput, sequence: Int?, key: String?, value: BertError.Value?, limit: BertError.Value?
    ) throws {
        let model = try BertModel.fromPretrained(Fixtures.path("models/bert-base"), backend: "reference")
        expectError(
            .invalidInput, record: sequence, of: sequence.map { _ in "sequence" }, key: key, value: value, limit: limit
        ) { try model.encode(input) }
    }

    @Test func `no sequences give no rows`() throws {
        let model = try BertModel.fromPretrained(Fixtures.path("models/bert-base"), backend: "reference")
        #expect(try model.encode(ModelInput(ids: [])).lastHiddenState.shape == [0, 32])
    }
}
