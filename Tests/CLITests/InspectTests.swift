import Bert
import BertJSON
import Foundation
import TestSupport
import Testing

@Suite struct InspectTests {
    @Test func `A folder is described without any backend`() throws {
        let run = try BertProgram.run(
            "inspect", Fixtures.path("models/deebert"), "--json",
            environment: ["BERT_DISABLE_BACKENDS": "reference,simd,openblas,onednn"])
        #expect(run.code == 0, "\(run.errors)")
        let json = try run.json()
        #expect(json["class"] == "DeeBertForSequenceClassification")
        #expect(json["off_ramps"] == 4)
        #expect(json["labels"]?.arrayValue?.count == 3)
        #expect((json["memory"]?["float32"]?.intValue ?? 0) == 4 * (json["parameters"]?.intValue ?? -1))
    }

    @Test func `People get a line for each fact, and an error for a folder that is none`() throws {
        let run = try BertProgram.run("inspect", Fixtures.path("models/bert-base"))
        #expect(run.lines.first?.hasPrefix("class") == true)
        #expect(run.output.contains("BertModel"))
        // As with the other commands.
        #expect(try BertProgram.run("inspect", "--model", Fixtures.path("models/bert-base")).output == run.output)
        for arguments in [[], ["--model", "a", "b"]] {
            #expect(try BertProgram.run("inspect", more: arguments).code == 64)
        }
        let none = try BertProgram.run("inspect", "/no/such/folder")
        none.expect(.fileNotReadable, file: "/no/such/folder")
    }

    @Test(arguments: try FileManager.default.contentsOfDirectory(atPath: Fixtures.path("sentences")).sorted())
    func `Folders of sentence-transformers, PyLate and ColBERT are described`(name: String) throws {
        let run = try BertProgram.run("inspect", Fixtures.path("sentences/\(name)"), "--json")
        #expect(run.code == 0, "\(run.errors)")
        let json = try run.json()
        let kind = name.hasPrefix("splade") ? "sparse" : name.hasPrefix("colbert") ? "tokens" : nil
        // A bare masked language model isn't configured for anything.
        #expect(json["vectors"]?.stringValue == (name == "splade-bare" ? nil : kind))
        #expect((json["pooling"] == nil) == (kind != nil))
    }

    @Test func `A tied parameter counts once`() throws {
        let run = try BertProgram.run("inspect", Fixtures.path("models/bert-mlm"), "--json")
        let stored = try SafetensorsFile(path: Fixtures.path("models/bert-mlm/model.safetensors")).tensors
        #expect(try run.json()["parameters"]?.intValue == stored.reduce(0) { $0 + $1.count })
    }

    @Test(arguments: [
        ("models/bert-base", "BertModel", [], [], []),
        ("bad/missing-tensor", "BertModel", ["encoder.layer.0.output.dense.weight"], [], []),
        (
            "bad/wrong-shape", "BertModel", [], [],
            ["encoder.layer.0.attention.self.query.weight: [3, 3] in the checkpoint, [32, 32] in the model"]
        ),
        ("models/bert-seqcls-single", "BertModel", [], ["classifier.bias", "classifier.weight"], []),
        (
            "models/bert-qa", "BertForTokenClassification", ["classifier.weight", "classifier.bias"],
            ["qa_outputs.bias", "qa_outputs.weight"], []
        ),
    ])
    func `Tensors that are missing, not used or of another shape are listed`(
        folder: String, className: String, missing: [String], unexpected: [String], mismatched: [String]
    ) throws {
        func inspect(_ more: String...) throws -> BertProgram.Run {
            let run = try BertProgram.run("inspect", Fixtures.path(folder), "--class", className, more: more)
            #expect(run.code == 0, "\(run.errors)")
            return run
        }
        let json = try inspect("--json").json()
        func names(_ key: String) -> [String]? { json[key]?.arrayValue?.compactMap(\.stringValue) }
        #expect(names("missing_keys") == missing)
        #expect(names("unexpected_keys") == unexpected)
        #expect(names("mismatched_keys") == mismatched)
        let text = try inspect().lines
        for (title, names) in [("missing ", missing), ("not used ", unexpected), ("with another shape ", mismatched)] {
            let line = text.first { $0.hasPrefix(title) }
            #expect((line != nil) == !names.isEmpty)
            #expect(names.allSatisfy { line?.contains($0) == true })
        }
    }

    @Test func `Weights in PyTorch's format are described too`() throws {
        let folder = try TemporaryFolder()
        for (name, source) in [("config.json", "models/bert-eps"), ("pytorch_model.bin", "pytorch/good")] {
            try Data(contentsOf: URL(fileURLWithPath: Fixtures.path("\(source)/\(name)")))
                .write(to: URL(fileURLWithPath: "\(folder.path)/\(name)"))
        }
        let run = try BertProgram.run("inspect", folder.path, "--json")
        #expect(run.code == 0, "\(run.errors)")
        #expect(try run.json()["dtypes"] == ["F32"])
    }

    @Test(arguments: [["inspect"], ["forward", "--inputs", "none", "--output", "out", "--model"]])
    func `Weights that are no numbers are named where one asks`(arguments: [String]) throws {
        let folder = try TemporaryFolder()
        let original = Fixtures.path("models/bert-base")
        let tensors = try SafetensorsFile(path: "\(original)/model.safetensors").tensors.map { tensor in
            let isDamaged = tensor.name == "pooler.dense.bias"
            return SafetensorsWriter.Tensor(
                name: tensor.name, type: .float32, shape: tensor.shape,
                data: isDamaged ? HostBuffer([Float](repeating: .nan, count: tensor.count)) : tensor.data)
        }
        try SafetensorsWriter.write(tensors, to: "\(folder.path)/model.safetensors")
        try Data(contentsOf: URL(fileURLWithPath: "\(original)/config.json"))
            .write(to: URL(fileURLWithPath: "\(folder.path)/config.json"))
        try SafetensorsWriter.write([], to: "\(folder.path)/inputs")
        let all = arguments.map { $0 == "none" ? "\(folder.path)/inputs" : $0 } + [folder.path, "--check"]
        let run = try BertProgram.run(all[0], more: Array(all.dropFirst()))
        run.expect(.malformedFile, file: "\(folder.path)/model.safetensors", key: "pooler.dense.bias")
    }
}
