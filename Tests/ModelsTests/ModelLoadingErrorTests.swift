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
        #expect(warning.message.contains("has no values for 1 of the"))
        #expect(warning.message.contains("newly initialized: encoder.layer.0.output.dense.weight;"))
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
        #expect(error.code == .weightsMismatch)
        #expect(error.message.contains("Load the class that the checkpoint was saved from"))
    }

    @Test func `a strict load names a missing parameter`() throws {
        let error = failure("bad/missing-tensor", options: .strict)
        #expect(error?.code == .weightsMismatch)
        #expect(error?.message.contains("encoder.layer.0.output.dense.weight") == true)
        #expect(error?.message.contains("has no values for 1 of the") == true)
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
        let error = failure("bad/wrong-shape")
        #expect(error?.code == .weightsMismatch)
        #expect(error?.message.contains("query.weight") == true)
        #expect(error?.message.contains("in the checkpoint") == true)
    }

    @Test func `a folder that is not there, and one without a configuration, are told apart`() throws {
        #expect(failure("no-such-folder")?.code == .fileNotReadable)
        let without = failure("tokenizers")
        #expect(without?.code == .fileNotReadable)
        #expect(without?.message.contains("config.json") == true)
    }

    @Test func `tensors that the model has no use for are reported`() throws {
        let model = try BertModel.fromPretrained(Fixtures.path("models/bert-legacy-names"), backend: "reference")
        #expect(model.parameters.report.unexpectedKeys.allSatisfy { $0.hasPrefix("cls.") })
        #expect(!model.parameters.report.unexpectedKeys.isEmpty)
        #expect(model.parameters.report.missingKeys.isEmpty)
    }

    @Test(arguments: [
        (ModelInput(ids: [[1, 2], [3, 5_000]]), "input_ids of sequence 1 has the value 5000 at position 1"),
        (ModelInput(ids: [[1, -1]]), "input_ids of sequence 0 has the value -1 at position 1"),
        (ModelInput(ids: [[1]], tokenTypes: [[7]]), "token_type_ids of sequence 0 has the value 7 at position 0"),
        (
            ModelInput(ids: [[Int32](repeating: 1, count: 41)]),
            "sequence 0 has 41 tokens; the model supports at most 40"
        ),
        (ModelInput(words: .ids([1, 2, 3]), lengths: [2]), "input_ids has 3 values"),
        (ModelInput(words: .ids([1, 2]), lengths: [2], mask: .tokens([true])), "attention_mask has 1 values"),
        (ModelInput(words: .ids([1, 2]), lengths: [2], mask: .pairs([true, true])), "attention_mask has 2 values"),
        (ModelInput(words: .ids([1]), lengths: [1], headMask: [[1]]), "head_mask must have the shape [3, 4]"),
        (ModelInput(words: .vectors([1, 2], size: 2), lengths: [1]), "inputs_embeds has vectors with 2"),
        (ModelInput(ids: [[]]), "sequence 0 has no tokens"),
    ])
    func `input that doesn't fit is an error that names argument and place`(input: ModelInput, words: String) throws {
        let model = try BertModel.fromPretrained(Fixtures.path("models/bert-base"), backend: "reference")
        let error = #expect(throws: BertError.self) { try model.encode(input) }
        #expect(error?.code == .invalidInput)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test func `no sequences give no rows`() throws {
        let model = try BertModel.fromPretrained(Fixtures.path("models/bert-base"), backend: "reference")
        #expect(try model.encode(ModelInput(ids: [])).lastHiddenState.shape == [0, 32])
    }
}
