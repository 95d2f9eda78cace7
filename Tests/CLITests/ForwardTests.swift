import Bert
import BertJSON
import TestSupport
import Testing

/// `bert forward` against the golden outputs, one case of each class.
@Suite struct ForwardTests {
    static let cases: [(folder: String, name: String, options: [String])] = [
        ("bert-base", "batch_padded", ["--hidden-states", "--attentions"]),
        ("bert-pretraining", "", []), ("bert-mlm", "", []), ("bert-lm", "", []), ("bert-lm-cross-attention", "", []),
        ("bert-nsp", "", []), ("bert-seqcls-single", "", []), ("bert-multiple-choice", "", []),
        ("bert-token-cls", "", []), ("bert-qa", "", []), ("roberta-base", "", []), ("roberta-seqcls", "", []),
        ("roberta-mlm", "", []),
    ]

    @Test(arguments: cases.indices)
    func `Golden inputs give the golden outputs`(index: Int) throws {
        let (folder, name, options) = Self.cases[index]
        let fixture = try #require(
            FixtureCase.all(of: "models/\(folder)").first { name.isEmpty || $0.name == name })
        let temporary = try TemporaryFolder()
        let (inputs, output) = (temporary.path + "/in.safetensors", temporary.path + "/out.safetensors")
        try SafetensorsWriter.write(fixture.inputTensors(), metadata: [:], to: inputs)
        let run = try BertProgram.run(
            "forward", "--model", Fixtures.path("models/\(folder)"), "--inputs", inputs, "--output", output,
            more: options + ["--backend", "reference"])
        #expect(run.code == 0, "\(run.errors)")
        let file = try SafetensorsFile(path: output)
        let seen = try fixture.comparedTokens()
        var compared = 0
        for key in try fixture.outputs where !key.hasPrefix("hidden_states") && !key.contains("attentions") {
            let got = try file.tensor(key)
            let values = try got.float32().withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
            let perToken = got.shape.count >= 2 && got.shape[0] * got.shape[1] == seen.count
            let width = max(1, values.count / max(seen.count, 1))
            let problem = try fixture.tolerance.mismatch(values, fixture.output(key)) { !perToken || seen[$0 / width] }
            #expect(problem == nil, "\(fixture) \(key)")
            compared += 1
        }
        #expect(compared > 0)
    }

    @Test func `Early exit gives where each row left`() throws {
        let fixture = try #require(
            FixtureCase.all(of: "models/deebert").first { $0.name == "batch_per_row_exit" })
        let temporary = try TemporaryFolder()
        let (inputs, output) = (temporary.path + "/in.safetensors", temporary.path + "/out.safetensors")
        try SafetensorsWriter.write(fixture.inputTensors(), metadata: [:], to: inputs)
        let run = try BertProgram.run(
            "forward", "--model", Fixtures.path("models/deebert"), "--inputs", inputs, "--output", output,
            "--exit-entropy", "0.817787", "--backend", "reference")
        #expect(run.code == 0, "\(run.errors)")
        let file = try SafetensorsFile(path: output)
        #expect(try file.tensor("exit_layer").int64() == [3, 4, 3])
        #expect(try file.tensor("exit_from_off_ramp").int64() == [1, 0, 1])
        let entropies = try file.tensor("off_ramp_entropy.3").float32()
            .withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        #expect(entropies.map(\.isNaN) == [true, false, true])
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
        #expect(misspelt.code == 1)
        #expect(misspelt.errors.contains("did you mean input_ids?"))
        #expect(throws: BertError.self) { try SafetensorsFile(path: output) }
        let same = try forward("--output", inputs)
        #expect(same.code == 1)
        #expect(same.errors.contains("the same file"))
        #expect(try forward("--output", output, "--exit-entropy", "low").code == 64)
        #expect(try forward("--output", output, "--exit-patience", "1", "--exit-layer", "2").code == 64)
        let unknown = try forward("--output", output, "--class", "BertForSequenceClasification")
        #expect(unknown.errors.contains("did you mean BertForSequenceClassification?"))
    }
}
