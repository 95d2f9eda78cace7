import BertCheckpoints
import BertCore
import BertJSON
import BertModels
import TestSupport
import Testing

/// Tests the damaged checkpoints of `Tests/Fixtures/bad`.
@Suite struct CheckpointBadFileTests {
    private static let readable: BertError? = nil

    /// The error of reading configuration and weights, with the name of the file. It is nil if only a model can detect
    /// the damage.
    static let outcomes: [String: BertError?] = [
        "no-weights": BertError(.fileNotReadable, "", file: ""),
        "empty-file": BertError(.malformedFile, "", file: "model.safetensors", value: 0, limit: 8),
        "truncated-data": BertError(
            .malformedFile, "", file: "model.safetensors", key: "encoder.layer.0.attention.self.key.weight",
            value: 30208, limit: 28796),
        "truncated-header": BertError(.malformedFile, "", file: "model.safetensors", value: 2304, limit: 32),
        "huge-header-length": BertError(
            .malformedFile, "", file: "model.safetensors", value: .int(1_152_921_504_606_846_976), limit: 100000000),
        "header-not-json": BertError(.malformedFile, "", file: "model.safetensors", line: 1, column: 1),
        "offsets-outside": BertError(
            .malformedFile, "", file: "model.safetensors", key: "embeddings.LayerNorm.bias", value: 64000, limit: 59904),
        "offsets-do-not-fit-shape": BertError(
            .malformedFile, "", file: "model.safetensors", key: "embeddings.LayerNorm.bias", value: 128, limit: 60),
        "negative-shape": BertError(
            .malformedFile, "", file: "model.safetensors", key: "[\"embeddings.LayerNorm.bias\"].shape[0]"),
        "overflowing-shape": BertError(
            .malformedFile, "", file: "model.safetensors", key: "embeddings.LayerNorm.bias",
            value: "[1099511627776, 1099511627776]"),
        "unknown-dtype": BertError(
            .malformedFile, "", file: "model.safetensors", key: "embeddings.LayerNorm.bias", value: "X9"),
        "missing-tensor": readable,
        "wrong-shape": readable,
        "missing-shard": BertError(
            .fileNotReadable, "", file: "", key: "embeddings.LayerNorm.weight",
            value: "model-00002-of-00002.safetensors"),
        "index-path-outside": BertError(
            .malformedFile, "", file: "model.safetensors.index.json", key: "embeddings.LayerNorm.bias",
            value: "../../../../etc/passwd"),
        "index-swapped": BertError(
            .malformedFile, "", file: "model.safetensors.index.json", key: "embeddings.LayerNorm.bias",
            value: "model-00002-of-00002.safetensors"),
        "bad-config": BertError(.malformedFile, "", file: "config.json", line: 1, column: 2),
        "heads-do-not-divide": BertError(.invalidConfiguration, "", file: "config.json", key: "hidden_size", value: 32),
        "unknown-activation": BertError(
            .invalidConfiguration, "", file: "config.json", key: "hidden_act", value: "nosuch"),
        "unknown-model-type": BertError(
            .invalidConfiguration, "", file: "config.json", key: "model_type", value: "nosuch"),
    ]

    @Test(arguments: outcomes.keys.sorted())
    func `A damaged checkpoint is an error that says what is wrong and where`(name: String) throws {
        let folder = Fixtures.path("bad/\(name)")
        func open() throws {
            let files = try ModelFiles(folder: folder)
            _ = try BertConfig(files)
            _ = try Checkpoint(files)
        }
        guard var outcome = try #require(Self.outcomes[name]) else { return try open() }
        outcome.file = [folder, outcome.file ?? ""].filter { !$0.isEmpty }.joined(separator: "/")
        expectError(outcome, open)
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
        let lost = "encoder.layer.0.output.dense.weight"
        expectError(.weightsMismatch, file: missing + "/model.safetensors", key: lost) {
            try checkpoint.float32(lost)
        }

        let wrong = Fixtures.path("bad/wrong-shape")
        let other = try Checkpoint(ModelFiles(folder: wrong))
        let query = "encoder.layer.0.attention.self.query.weight"
        expectError(.weightsMismatch, file: wrong + "/model.safetensors", key: query) {
            try other.float32(query, shape: [32, 32])
        }
        #expect(other.shape(of: "encoder.layer.0.attention.self.query.weight") != [32, 32])
    }
}
