import BertCheckpoints
import BertCore
import BertModels
import Foundation
import TestSupport
import Testing

@Suite struct CheckpointTests {
    static let models = (try? FileManager.default.contentsOfDirectory(atPath: Fixtures.path("models")))?.sorted() ?? []

    @Test(arguments: models) func `Every checkpoint of the set opens, and its weights can be read`(name: String) throws
    {
        let files = try ModelFiles(folder: Fixtures.path("models/\(name)"))
        var config = try BertConfig(files)
        let checkpoint = try Checkpoint(files)
        #expect(checkpoint.names.count > 20)
        #expect(checkpoint.metadata == ["format": "pt"])
        for name in checkpoint.names {
            let tensor = try checkpoint.tensor(name)
            let count = tensor.shape.reduce(1, *)
            if name.hasSuffix("position_ids") {
                #expect(try tensor.int64() == (0..<Int64(count)).map(\.self))
            } else {
                #expect(try tensor.float32().count == 4 * count)
            }
        }
        let words = try #require(
            checkpoint.names.first { $0.hasSuffix("word_embeddings.weight") || $0.hasSuffix("tok_embeddings.weight") })
        let name = try ModelCatalogue.shared.className(for: config)
        let model = try ModelCatalogue.shared.entry(name).modelType
        // Finding the parameters adapts the configuration to the checkpoint.
        _ = try model.parameterStore(&config, checkpoint)
        let specs = try model.parameterSpecs(config)
        let spec = try #require(
            specs.first {
                $0.name.hasSuffix("word_embeddings.weight") || $0.name.hasSuffix("tok_embeddings.weight")
            })
        #expect(checkpoint.shape(of: words) == Array(spec.shape))
    }

    @Test func `Shards give what one file gives`() throws {
        let whole = try Checkpoint(ModelFiles(folder: Fixtures.path("models/bert-base")))
        let shards = try Checkpoint(ModelFiles(folder: Fixtures.path("models/bert-sharded")))
        #expect(shards.names == whole.names)
        #expect(shards.source.hasSuffix("bert-sharded/model.safetensors.index.json"))
        let sources = Set(try shards.names.map { try shards.tensor($0).source })
        #expect(sources.count == 3)
        for name in whole.names { #expect(shards.shape(of: name) == whole.shape(of: name)) }
    }

    @Test func `Old names of layer normalisation are found under the new ones`() throws {
        let checkpoint = try Checkpoint(ModelFiles(folder: Fixtures.path("models/bert-legacy-names")))
        #expect(!checkpoint.names.contains { $0.hasSuffix("gamma") || $0.hasSuffix("beta") })
        let tensor = try checkpoint.tensor("bert.embeddings.LayerNorm.weight")
        #expect(tensor.name == "bert.embeddings.LayerNorm.gamma")
        #expect(checkpoint.contains("bert.encoder.layer.0.output.LayerNorm.bias"))
        #expect(
            checkpoint.first(of: ["embeddings.LayerNorm.weight", "bert.embeddings.LayerNorm.weight"])
                == "bert.embeddings.LayerNorm.weight")
        #expect(checkpoint.first(of: ["none", "neither"]) == nil)
    }

    @Test func `A tensor under its old and its new name is an error`() throws {
        try withTemporaryFolder { folder in
            let one = HostBuffer([Float(1)])
            try SafetensorsWriter.write(
                ["x.LayerNorm.gamma", "x.LayerNorm.weight"].map {
                    SafetensorsWriter.Tensor(name: $0, type: .float32, shape: [1], data: one)
                }, to: "\(folder)/model.safetensors")
            expectError(.malformedFile, file: "\(folder)/model.safetensors", key: "x.LayerNorm.weight") {
                try Checkpoint(ModelFiles(folder: folder))
            }
        }
    }

    static let indices: [(index: String, key: String, column: Int?)] = [
        ("[", "[0]", 2), ("{}", "weight_map", nil), (#"{"weight_map":[]}"#, "weight_map", nil),
        (#"{"weight_map":{"a":1}}"#, "weight_map.a", nil),
    ]

    static let outside = ["/etc/passwd", "..", ".", "", "a/b", "../a", "a\\b", "a\u{0}b"]

    @Test(arguments: indices.indices) func `A damaged index is an error that names the place`(index: Int) throws {
        let (content, key, column) = Self.indices[index]
        let files = ModelFiles(name: "m", files: ["model.safetensors.index.json": HostBuffer(Array(content.utf8))])
        expectError(
            .malformedFile, file: "m/model.safetensors.index.json", key: key, line: column.map { _ in 1 },
            column: column
        ) { try Checkpoint(files) }
    }

    @Test(arguments: outside) func `An index that leads out of the folder is refused`(file: String) throws {
        let escaped = file.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\0", with: "\\u0000")
        let content = "{\"weight_map\":{\"a\":\"\(escaped)\"}}"
        let files = ModelFiles(name: "m", files: ["model.safetensors.index.json": HostBuffer(Array(content.utf8))])
        expectError(.malformedFile, file: "m/model.safetensors.index.json", key: "a", value: .string(file)) {
            try Checkpoint(files)
        }
    }

    static let otherWeights: [(files: [String: [UInt8]], hint: String)] = [
        (
            ["tf_model.h5": [0], "config.json": Array(#"{"architectures":["TFBertForQuestionAnswering"]}"#.utf8)],
            #"m = t.BertForQuestionAnswering(t.AutoConfig.from_pretrained(f)); c.load_tf2_checkpoint_in_pytorch_model(m, f + "/tf_model.h5")"#
        ),
        (
            ["flax_model.msgpack": [0], "config.json": Array(#"{"architectures":["BertForMaskedLM"]}"#.utf8)],
            #"m = t.BertForMaskedLM(t.AutoConfig.from_pretrained(f)); c.load_flax_checkpoint_in_pytorch_model(m, f + "/flax_model.msgpack")"#
        ),
        (["tf_model.h5": [0]], "tf_model.h5 contains TensorFlow weights; use the model's safetensors"),
        (["model.onnx": [0]], "ONNX"), (["onnx/model.onnx": [0]], "onnx/model.onnx is an ONNX graph"),
        (["openvino/openvino_model.xml": [0]], "OpenVINO"),
        (["openvino_model.bin": [0], "openvino_model.xml": [0]], "OpenVINO"),
        (["model-00001-of-00002.safetensors": [0]], "download model.safetensors.index.json and all shards"),
        (["pytorch_model-00002-of-00002.bin": [0x50, 0x4b, 3, 4]], "download pytorch_model.bin.index.json"),
        (
            ["training_args.bin": [0x50, 0x4b, 3, 4], "optimizer.pt": [0x50, 0x4b, 3, 4]],
            "it has optimizer.pt, training_args.bin"
        ),
        (["model.gguf": [0]], "llama.cpp"),
        (["adapter_model.safetensors": [0]], "PEFT adapter"),
        (["weights.safetensors": [0]], "rename it to model.safetensors"),
        (["model.pt": [0x50, 0x4b, 3, 4]], "rename it to pytorch_model.bin"), (["model.pt": [0]], "it has model.pt"),
        (["bert_model.ckpt.index": [0]], "TensorFlow 1"),
    ]

    @Test(arguments: otherWeights.indices)
    func `A folder without weights says what it has and what to do`(index: Int) throws {
        let (contents, hint) = Self.otherWeights[index]
        let files = ModelFiles(name: "m", files: contents.mapValues { HostBuffer($0) })
        let error = try #require(throws: BertError.self) { try Checkpoint(files) }
        #expect(error.code == .fileNotReadable)
        #expect(error.file == "m")
        #expect(error.message.contains(hint), "\(error)")
    }

    @Test func `A checkpoint in memory is read like one on disk`() throws {
        let folder = Fixtures.path("models/bert-eps")
        var contents: [String: HostBuffer] = [:]
        for name in ["config.json", "model.safetensors"] {
            contents[name] = HostBuffer(try fileBytes("\(folder)/\(name)"))
        }
        let memory = ModelFiles(name: "embedded", files: contents)
        let disk = try Checkpoint(ModelFiles(folder: folder))
        let copy = try Checkpoint(memory)
        #expect(try BertConfig(memory).layerNormEps == 0.07)
        #expect(copy.names == disk.names)
        for name in disk.names { #expect(try copy.float32(name).bytes == disk.float32(name).bytes) }
    }

    @Test func `Tensors keep the mapping alive`() throws {
        let data = try Checkpoint(ModelFiles(folder: Fixtures.path("models/bert-eps"))).float32("pooler.dense.weight")
        #expect(data.floats.allSatisfy { $0.isFinite })
    }
}
