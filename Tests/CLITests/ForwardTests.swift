import Bert
import BertJSON
import TestSupport
import Testing

/// Compares `bert forward` with the golden outputs.
@Suite struct ForwardTests {
    /// A model of each class with plain cases.
    static let models: [ModelFixture] = {
        let all = (try? ModelFixture.all()) ?? []
        return Dictionary(grouping: all.filter { ((try? $0.plainCases()) ?? []).isEmpty == false }, by: \.className)
            .values.compactMap(\.first).sorted { $0.folder < $1.folder }
    }()

    /// Runs `bert forward` on a case's inputs, and returns its output.
    private func forward(_ fixture: FixtureCase, _ options: [String]) throws -> SafetensorsFile {
        let temporary = try TemporaryFolder()
        let (inputs, output) = (temporary.path + "/in.safetensors", temporary.path + "/out.safetensors")
        try SafetensorsWriter.write(fixture.inputTensors(), metadata: [:], to: inputs)
        let run = try BertProgram.run(
            "forward", "--model", Fixtures.path(fixture.folder), "--inputs", inputs, "--output", output,
            more: options + ["--backend", "reference"])
        #expect(run.code == 0, "\(run.errors)")
        return try SafetensorsFile(path: output)
    }

    @Test(arguments: models)
    func `Every class gives the golden outputs`(model: ModelFixture) throws {
        #expect(Self.models.count >= 19)
        let fixture = try #require(model.plainCases().first)
        var options: [String] = []
        if try fixture.outputs.contains("hidden_states.0") { options.append("--hidden-states") }
        if try fixture.outputs.contains("attentions.0") { options.append("--attentions") }
        let file = try forward(fixture, options)
        for key in try fixture.outputs {
            let stored = try file.tensor(key)
            let values = try stored.float32().withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
            let problem = try fixture.mismatch(NamedTensor(key, floats: values, shape: stored.shape))
            #expect(problem == nil, "\(fixture) \(key)")
        }
    }

    @Test(arguments: ["deebert", "deeroberta", "pabee-bert", "pabee-albert"])
    func `Every row of a batch leaves where the golden one does`(folder: String) throws {
        let fixture = try #require(
            FixtureCase.all(of: "models/\(folder)").first { $0.name == "batch_per_row_exit" })
        for entry in try fixture.json.required("exits").elements() {
            let option =
                try entry.member("threshold").map { ["--exit-entropy=\(try $0.double())"] }
                ?? ["--exit-patience", "\(entry.required("patience").int())"]
            let file = try forward(fixture, option)
            let layers = try entry.required("exit_layers").elements().map { Int64(try $0.int()) }
            #expect(try file.tensor("exit_layer").int64() == layers, "\(option)")
            let logits = try file.tensor("logits").float32().withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
            let want = try fixture.floats(entry.required("logits").string())
            #expect(try fixture.tolerance.mismatch(logits, want) == nil, "\(option)")
        }
    }

    @Test func `An off-ramp says nothing of rows that had left before`() throws {
        let fixture = try #require(
            FixtureCase.all(of: "models/deebert").first { $0.name == "batch_per_row_exit" })
        let file = try forward(fixture, ["--exit-entropy", "0.817787"])
        #expect(try file.tensor("exit_layer").int64() == [3, 4, 3])
        #expect(try file.tensor("exit_from_off_ramp").int64() == [1, 0, 1])
        let entropies = try file.tensor("off_ramp_entropy.3").float32()
            .withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        #expect(entropies.map(\.isNaN) == [true, false, true])
    }

    @Test func `A parameter that is missing is warned of, and an error if one is strict`() throws {
        let fixture = try #require(ModelFixture.all("bert-base").first?.plainCases().first)
        let temporary = try TemporaryFolder()
        let (inputs, output) = (temporary.path + "/in.safetensors", temporary.path + "/out.safetensors")
        try SafetensorsWriter.write(fixture.inputTensors(), metadata: [:], to: inputs)
        func forward(_ more: String...) throws -> BertProgram.Run {
            try BertProgram.run(
                "forward", "--model", Fixtures.path("bad/missing-tensor"), "--inputs", inputs, "--output", output,
                more: ["--backend", "reference"] + more)
        }
        let strict = try forward("--strict")
        strict.expect(.weightsMismatch, key: "encoder.layer.0.output.dense.weight")
        #expect(throws: BertError.self) { try SafetensorsFile(path: output) }
        let lenient = try forward()
        #expect(lenient.code == 0, "\(lenient.errors)")
        #expect(lenient.errors.hasPrefix("bert: warning: "))
        #expect(lenient.errors.contains("encoder.layer.0.output.dense.weight"))
        #expect(try forward("--strict", "--fresh-weights").code == 64)
    }

    @Test func `A mistake is told by name, and no output is written`() throws {
        let temporary = try TemporaryFolder()
        let (inputs, output) = (temporary.path + "/in.safetensors", temporary.path + "/out.safetensors")
        let ids = SafetensorsWriter.Tensor(
            name: "inputs_ids", type: .int64, shape: [1, 2], data: HostBuffer([Int64(1), 2]))
        try SafetensorsWriter.write([ids], metadata: [:], to: inputs)
        func forward(_ more: String...) throws -> BertProgram.Run {
            try BertProgram.run(
                "forward", "--model", Fixtures.path("models/bert-base"), "--inputs", inputs,
                more: ["--backend", "reference"] + more)
        }
        let misspelt = try forward("--output", output)
        misspelt.expect(.invalidInput, key: "inputs_ids")
        #expect(misspelt.error?.choices?.contains("input_ids") == true, "\(misspelt.errors)")
        #expect(throws: BertError.self) { try SafetensorsFile(path: output) }
        let same = try forward("--output", inputs)
        same.expect(.invalidArgument, file: inputs, key: "--output")
        #expect(try forward("--output", output, "--exit-entropy", "low").code == 64)
        #expect(try forward("--output", output, "--exit-patience", "1", "--exit-layer", "2").code == 64)
        let unknown = try forward("--output", output, "--class", "BertForSequenceClasification")
        unknown.expect(.unknownName, value: "BertForSequenceClasification")
        #expect(unknown.error?.choices?.contains("BertForSequenceClassification") == true)
    }
}
