import BackendReference
import Bert
import TestSupport
import Testing

/// Tests that weights with NaN or infinity are found if requested.
@Suite struct CheckpointValuesTests {
    private static let checking = LoadingOptions(checksValues: true)

    /// Returns the files of bert-base in memory, with some values replaced.
    private func files(_ changes: [(name: String, place: Int, value: Float)]) throws -> ModelFiles {
        let folder = Fixtures.path("models/bert-base")
        let tensors = try SafetensorsFile(path: "\(folder)/model.safetensors").tensors.map { tensor in
            var values = tensor.data.floats
            for change in changes where change.name == tensor.name { values[change.place] = change.value }
            return SafetensorsWriter.Tensor(
                name: tensor.name, type: .float32, shape: tensor.shape, data: HostBuffer(values))
        }
        return try withTemporaryFolder { copy in
            try SafetensorsWriter.write(tensors, to: "\(copy)/model.safetensors")
            let contents = try [
                "model.safetensors": "\(copy)/model.safetensors", "config.json": "\(folder)/config.json",
            ]
            .mapValues { HostBuffer(try fileBytes($0)) }
            return ModelFiles(name: "m", files: contents)
        }
    }

    private func load(_ files: ModelFiles, _ options: LoadingOptions) throws {
        let backend = try BackendRegistry.shared.backend(.named("reference"))
        _ = try BertModel.fromPretrained(files, on: backend, options: options)
    }

    @Test func `healthy weights pass`() throws {
        for name in ["bert-base", "bert-float16", "bert-bfloat16"] {
            try load(ModelFiles(folder: Fixtures.path("models/\(name)")), Self.checking)
        }
    }

    @Test func `one that is no number is named with its place`() throws {
        let damaged = try files([("pooler.dense.weight", 3 * 32 + 5, .nan)])
        #expect(throws: Never.self) { try load(damaged, LoadingOptions()) }
        let error = expectError(.malformedFile, file: "m/model.safetensors", key: "pooler.dense.weight") {
            try load(damaged, Self.checking)
        }
        #expect(error?.message.hasPrefix("has nan at [3, 5]; ") == true)
    }

    @Test func `several are all named`() throws {
        let damaged = try files([
            ("pooler.dense.bias", 31, -.infinity), ("pooler.dense.weight", 0, .nan),
            ("pooler.dense.weight", 1, .infinity),
        ])
        let error = expectError(.malformedFile, file: "m/model.safetensors", key: "pooler.dense.weight") {
            try load(damaged, Self.checking)
        }
        #expect(error?.message.contains("pooler.dense.bias has -inf at [31]") == true)
    }
}
