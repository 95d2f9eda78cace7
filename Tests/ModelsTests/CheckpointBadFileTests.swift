import BertCheckpoints
import BertCore
import BertJSON
import BertModels
import TestSupport
import Testing

/// Tests the damaged checkpoints of `Tests/Fixtures/bad`.
@Suite struct CheckpointBadFileTests {
    private static let readable: (code: BertError.Code, message: String)? = nil

    /// The result of reading configuration and weights. It is nil if only a model can detect the damage.
    static let outcomes: [String: (code: BertError.Code, message: String)?] = [
        "no-weights": (
            .fileNotReadable,
            "DIR: the model has no weights: neither model.safetensors (or model.safetensors.index.json) nor "
                + "pytorch_model.bin (or pytorch_model.bin.index.json); it has config.json"
        ),
        "empty-file": (
            .malformedFile,
            "DIR/model.safetensors has 0 bytes, too few for a safetensors file; it was not copied completely"
        ),
        "truncated-data": (
            .malformedFile,
            "DIR/model.safetensors: the tensor encoder.layer.0.attention.self.key.weight ends at byte 30208 of the data, "
                + "which has 28796 bytes; the file was not copied completely"
        ),
        "truncated-header": (
            .malformedFile,
            "DIR/model.safetensors: the header has 2304 bytes, but only 32 follow; the file was not copied "
                + "completely, or it is damaged"
        ),
        "huge-header-length": (
            .malformedFile,
            "DIR/model.safetensors: the header has 1152921504606846976 bytes, but the format allows 100000000; "
                + "the file is not a safetensors file, or it is damaged"
        ),
        "header-not-json": (
            .malformedFile,
            "DIR/model.safetensors: the header is damaged: line 1, column 1 (byte 0): expected a value, found \"n\""
        ),
        "offsets-outside": (
            .malformedFile,
            "DIR/model.safetensors: the tensor embeddings.LayerNorm.bias ends at byte 64000 of the data, which has 59904 "
                + "bytes; the file was not copied completely"
        ),
        "offsets-do-not-fit-shape": (
            .malformedFile,
            "DIR/model.safetensors: the tensor embeddings.LayerNorm.bias has the shape [3, 5] of F32, 60 bytes, but 128 "
                + "bytes of data"
        ),
        "negative-shape": (
            .malformedFile,
            "DIR/model.safetensors: the header is damaged: [\"embeddings.LayerNorm.bias\"].shape[0]: expected an integer "
                + "of at least 0, found -1"
        ),
        "overflowing-shape": (
            .malformedFile,
            "DIR/model.safetensors: the tensor embeddings.LayerNorm.bias has the shape [1099511627776, 1099511627776], "
                + "more bytes than 64 bits can count"
        ),
        "unknown-dtype": (
            .malformedFile,
            "DIR/model.safetensors: the tensor embeddings.LayerNorm.bias has the unknown dtype \"X9\"; known are BOOL, "
                + "U8, I8, F8_E5M2, F8_E4M3, U16, I16, F16, BF16, U32, I32, F32, U64, I64, F64"
        ),
        "missing-tensor": readable,
        "wrong-shape": readable,
        "missing-shard": (
            .fileNotReadable,
            "the model DIR has no file model-00002-of-00002.safetensors, to which model.safetensors.index.json assigns "
                + "the tensor embeddings.LayerNorm.weight; download the missing shard"
        ),
        "index-path-outside": (
            .malformedFile,
            "DIR/model.safetensors.index.json: the index assigns the tensor embeddings.LayerNorm.bias to "
                + "\"../../../../etc/passwd\", which must be the name of a file in the same folder"
        ),
        "index-swapped": (
            .malformedFile,
            "DIR/model.safetensors.index.json: the index assigns the tensor embeddings.LayerNorm.bias to "
                + "model-00002-of-00002.safetensors, which doesn't contain it; it is in "
                + "DIR/model-00001-of-00002.safetensors; the index and the files don't match"
        ),
        "bad-config": (
            .malformedFile,
            "DIR/config.json: line 1, column 2 (byte 1): the text ends; expected a name in double quotes"
        ),
        "heads-do-not-divide": (
            .invalidConfiguration, "DIR/config.json: hidden_size: 32 is not a multiple of num_attention_heads, 3"
        ),
        "unknown-activation": (
            .invalidConfiguration,
            "DIR/config.json: hidden_act: unknown activation \"nosuch\"; known activations are gelu, gelu_python, gelu_new, "
                + "gelu_pytorch_tanh, gelu_fast, gelu_accurate, quick_gelu, relu, silu, swish, tanh, sigmoid"
        ),
        "unknown-model-type": (
            .invalidConfiguration,
            "DIR/config.json: model_type: unknown model family \"nosuch\"; known families are "
                + "\(CheckpointConfigTests.families); plugins can add others"
        ),
    ]

    @Test(arguments: outcomes.keys.sorted())
    func `A damaged checkpoint is an error that says what is wrong and where`(name: String) throws {
        let folder = Fixtures.path("bad/\(name)")
        func open() throws {
            let files = try ModelFiles(folder: folder)
            _ = try BertConfig(files)
            _ = try Checkpoint(files)
        }
        guard let outcome = try #require(Self.outcomes[name]) else { return try open() }
        let error = message(in: folder, open)
        #expect(error?.text == outcome.message)
        #expect(error?.code == outcome.code)
    }

    @Test func `Every damaged checkpoint of the set has its outcome here`() throws {
        let cases = try JSONNode(parsing: fileBytes(Fixtures.path("bad/cases.json")))
        let names = try cases.required("cases").elements().map { try $0.required("name").string() }
        #expect(names.sorted() == Self.outcomes.keys.sorted())
    }

    @Test func `A missing tensor and a wrong shape can be told`() throws {
        let missing = Fixtures.path("bad/missing-tensor")
        let checkpoint = try Checkpoint(ModelFiles(folder: missing))
        #expect(!checkpoint.contains("encoder.layer.0.output.dense.weight"))
        let first = message(in: missing) { _ = try checkpoint.float32("encoder.layer.0.output.dense.weight") }
        #expect(first?.text == "DIR/model.safetensors: encoder.layer.0.output.dense.weight: the tensor is missing")
        #expect(first?.code == .weightsMismatch)

        let wrong = Fixtures.path("bad/wrong-shape")
        let other = try Checkpoint(ModelFiles(folder: wrong))
        let second = message(in: wrong) {
            _ = try other.float32("encoder.layer.0.attention.self.query.weight", shape: [32, 32])
        }
        #expect(
            second?.text
                == "DIR/model.safetensors: encoder.layer.0.attention.self.query.weight: the tensor has the shape "
                + "\(other.shape(of: "encoder.layer.0.attention.self.query.weight") ?? []), but the model requires [32, 32]; "
                + "config.json and the weights don't match")
        #expect(other.shape(of: "encoder.layer.0.attention.self.query.weight") != [32, 32])
    }
}
