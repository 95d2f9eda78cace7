import BackendReference
import Bert
import BertJSON
import Foundation
import TestSupport
import Testing

/// Tests `savePretrained` by loading its output.
@Suite struct SavingTests {
    private func load(_ folder: String, as name: String) throws -> any BertPreTrainedModel {
        try ModelCatalogue.shared.resolve(name, backend: .named("reference")).fromPretrained(folder)
    }

    private func files(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    /// Returns the bytes of the parameters by name.
    private func contents(_ model: any BertPreTrainedModel) throws -> [String: [UInt8]] {
        let parameters = try model.parameters
        return Dictionary(uniqueKeysWithValues: parameters.names.map { ($0, parameters[$0]?.data.bytes ?? []) })
    }

    static let models = (try? ModelFixture.all()) ?? []

    @Test(arguments: models) func `a saved model is the model, with what Python wants in its files`(
        fixture: ModelFixture
    ) throws {
        try withTemporaryFolder { folder in
            let original = Fixtures.path(fixture.folder)
            let model = try load(original, as: fixture.className)
            let target = "\(folder)/new/model"
            try model.savePretrained(target)
            #expect(try files(target) == ["config.json", "model.safetensors"])
            let saved = try load(target, as: fixture.className)
            let report = try saved.parameters.report
            #expect(report.unexpectedKeys.isEmpty && report.mismatchedKeys.isEmpty)
            // A model without a head doesn't need its pooler.
            #expect(report.missingKeys.allSatisfy { $0.contains("pooler") })
            #expect(try contents(saved) == contents(model))

            let file = try SafetensorsFile(path: "\(target)/model.safetensors")
            #expect(file.metadata == ["format": "pt"])
            let specs = try ModelCatalogue.shared.entry(fixture.className).modelType.parameterSpecs(model.config)
            let tied = Set(specs.filter { $0.tiedTo != nil }.map(\.name))
            let isTied = try model.config.tieWordEmbeddings
            let expected = try model.parameters.names.filter { !isTied || !tied.contains($0) }
            #expect(file.tensors.map(\.name).sorted() == expected.sorted())

            var config = try BertConfig(ModelFiles(folder: target))
            #expect(config.architectures == [fixture.className])
            #expect(config.dtype == file.tensors.first?.type.elementType)
            // All other values are unchanged.
            config.architectures = try model.config.architectures
            config.dtype = try model.config.dtype
            #expect(config.json == (try model.config.json))
        }
    }

    @Test func `unknown keys of the configuration stay, and labels keep their names`() throws {
        try withTemporaryFolder { folder in
            var json = try #require(
                BertConfig(ModelFiles(folder: Fixtures.path("models/bert-seqcls-multi"))).json.objectValue)
            json["a_key_of_tomorrow"] = ["x": [1, 2.5, nil]]
            json["id2label"] = ["0": "bad", "1": "good", "2": "ugly", "3": "x", "4": "y"]
            json["label2id"] = nil
            let weights = HostBuffer(try fileBytes(Fixtures.path("models/bert-seqcls-multi/model.safetensors")))
            let count = try #require(SafetensorsFile(weights, source: "m")["classifier.bias"]).count
            let labels = try #require(json["id2label"]?.objectValue)
            json["id2label"] = .object(JSONObject(Array(labels.prefix(count))))
            let config = HostBuffer(JSONValue.object(json).serializedBytes())
            let backend = try BackendRegistry.shared.backend(.named("reference"))
            let model = try BertForSequenceClassification.fromPretrained(
                ModelFiles(name: "m", files: ["config.json": config, "model.safetensors": weights]), on: backend)
            try model.savePretrained(folder)
            let text = try String(contentsOfFile: "\(folder)/config.json", encoding: .utf8)
            #expect(text.hasPrefix("{\n  \"a_key_of_tomorrow\": {\n    \"x\": [\n      1,\n      2.5,\n      null\n"))
            #expect(text.hasSuffix("}\n"))
            let read = try BertConfig(ModelFiles(folder: folder))
            #expect(read.labels == Array(["bad", "good", "ugly", "x", "y"].prefix(count)))
        }
    }

    @Test func `a large model is split, and files of an older save go`() throws {
        try withTemporaryFolder { folder in
            let model = try load(Fixtures.path("models/bert-base"), as: "BertModel")
            let tokenizer = "\(folder)/tokenizer.json"
            try Data("{}".utf8).write(to: URL(fileURLWithPath: tokenizer))
            var counts: [Int] = []
            for size in ["20kB", "1B", "50 kB", "5GB", "30KiB"] {
                try model.savePretrained(folder, options: SavingOptions(maxShardSize: ShardSize(size)))
                let shards = try files(folder).filter { $0.hasSuffix(".safetensors") }
                counts.append(shards.count)
                #expect(try contents(load(folder, as: "BertModel")) == contents(model), "\(size)")
                let expected =
                    shards.count == 1
                    ? ["config.json", "model.safetensors", "tokenizer.json"]
                    : ["config.json"] + shards + ["model.safetensors.index.json", "tokenizer.json"]
                #expect(try files(folder) == expected.sorted(), "\(size)")
                let limit = try ShardSize(size).bytes
                for shard in shards {
                    let tensors = try SafetensorsFile(path: "\(folder)/\(shard)").tensors
                    #expect(tensors.count == 1 || tensors.reduce(0) { $0 + $1.data.count } <= limit, "\(size) \(shard)")
                }
            }
            #expect(counts == [counts[0], try model.parameters.names.count, counts[2], 1, counts[4]])
            #expect(counts[0] > counts[2] && counts[2] > 1)
        }
    }

    @Test func `an index says how large the model is and where each tensor lies`() throws {
        try withTemporaryFolder { folder in
            let model = try load(Fixtures.path("models/bert-sharded"), as: "BertModel")
            try model.savePretrained(folder, options: SavingOptions(maxShardSize: ShardSize(bytes: 60_000)))
            let path = "\(folder)/model.safetensors.index.json"
            let index = JSONNode(try JSONValue(parsing: fileBytes(path), source: path), source: path)
            let parameters = try model.parameters
            let size = parameters.names.reduce(0) { $0 + (parameters[$1]?.data.count ?? 0) }
            #expect(try index.required("metadata").required("total_size").int() == size)
            #expect(try index.required("metadata").required("total_parameters").int() == size / 4)
            let map = try index.required("weight_map").members()
            #expect(map.map(\.key) == parameters.names.sorted())
            let files = try Set(map.map { try $0.node.string() }).sorted()
            #expect(files == files.indices.map { "model-0000\($0 + 1)-of-0000\(files.count).safetensors" })
        }
    }

    @Test(arguments: [ElementType.float16, .bfloat16, .float32]) func `weights can be saved in another type`(
        dtype: ElementType
    ) throws {
        try withTemporaryFolder { folder in
            let model = try load(Fixtures.path("models/bert-base"), as: "BertModel")
            try model.savePretrained(folder, options: SavingOptions(dtype: dtype))
            let saved = try load(folder, as: "BertModel")
            #expect(try saved.config.dtype == dtype)
            let error = dtype == .float16 ? Float(0x1p-11) : dtype == .bfloat16 ? 0x1p-8 : 0
            for name in try model.parameters.names {
                let old = try #require(try model.parameters[name])
                let new = try #require(try saved.parameters[name])
                #expect(new.type.elementType == dtype)
                #expect(
                    try zip(old.float32().floats, new.float32().floats).allSatisfy { old, new in
                        abs(old - new) <= abs(old) * error + 0x1p-25
                    }, "\(name)")
            }
            // 16-bit tensors are saved with 16 bits again, and bitwise equal.
            let again = "\(folder)/again"
            try saved.savePretrained(again)
            #expect(try contents(load(again, as: "BertModel")) == contents(saved))
        }
    }

    @Test func `a model can be saved over its own files`() throws {
        try withTemporaryFolder { folder in
            let first = try load(Fixtures.path("models/bert-sharded"), as: "BertModel")
            try first.savePretrained(folder, options: SavingOptions(maxShardSize: ShardSize("20kB")))
            let model = try load(folder, as: "BertModel")
            try model.savePretrained(folder)
            #expect(try files(folder) == ["config.json", "model.safetensors"])
            #expect(try contents(model) == contents(first))
            #expect(try contents(load(folder, as: "BertModel")) == contents(first))
        }
    }

    @Test(arguments: [
        ("5GB", 5_000_000_000), ("5 GB", 5_000_000_000), ("10kB", 10_000), ("10KB", 10_000), ("10KiB", 10_240),
        ("1.5MB", 1_500_000), ("2GiB", 2_147_483_648), ("7", 7), ("7B", 7), ("1TB", 1_000_000_000_000),
    ]) func `sizes are read in powers of 1000 and 1024`(text: String, bytes: Int) throws {
        #expect(try ShardSize(text).bytes == bytes)
    }

    @Test(arguments: [
        "", "GB", "-1GB", "0", "0.1B", "5Gb", "5gb", "5 apples", "1e3", "nan", "9999999999TB", "1.2.3GB", "５GB",
    ])
    func `what is no size is an error`(text: String) throws {
        expectError(.invalidArgument, value: .string(text)) { try ShardSize(text) }
    }

    @Test func `a size of no bytes is an error`() throws {
        #expect(throws: BertError.self) { try ShardSize(bytes: 0) }
    }
}
