import Bert
import BertJSON
import Foundation
import TestSupport
import Testing

/// What sentence-transformers makes of pooling configurations of all kinds; scripts/generate-file-fixtures made the numbers.
@Suite struct PoolingSettingsTests {
    private static func fixtures() throws -> JSONNode {
        try JSONNode(parsing: ModelFiles(folder: Fixtures.path("files")).read("poolings.json"))
    }
    private static let folder = Fixtures.path("files/distilbert-sentences")

    /// The files of a sentence-transformers model.
    ///
    /// - Parameter transformer: the folder of the network, with a slash.
    private static func contents(transformer: String = "") throws -> [String: [UInt8]] {
        let files = try ModelFiles(folder: folder)
        var contents: [String: [UInt8]] = [:]
        for name in files.names where !["1_Pooling", "modules.json"].contains(name) {
            contents[transformer + name] = try files.read(name)
        }
        for name in ["1_Pooling/config.json", "modules.json"] { contents[name] = try files.read(name) }
        return contents
    }

    private func embedder(_ contents: [String: [UInt8]]) throws -> SentenceEmbedder {
        let files = ModelFiles(name: "m", files: contents.mapValues { HostBuffer($0) })
        return try SentenceEmbedder(files, on: BackendRegistry.shared.backend("reference", for: "a test"))
    }

    private func expect(_ vectors: [[Float]], _ node: JSONNode, _ name: String) throws {
        let expected = try node.required("vectors").elements().map { try $0.elements().map { Float(try $0.double()) } }
        for (vector, values) in zip(vectors, expected) {
            #expect(vector.count == values.count, "\(name)")
            for (a, b) in zip(vector, values) { #expect(abs(a - b) < 1e-5, "\(name)") }
        }
        #expect(vectors.count == expected.count)
    }

    @Test(arguments: 0..<10) func `Every pooling configuration gives Python's vectors`(index: Int) throws {
        let root = try Self.fixtures()
        let cases = try root.required("cases").elements()
        #expect(cases.count == 10)
        let node = cases[index]
        let name = try node.required("name").string()
        var files = try Self.contents()
        files["1_Pooling/config.json"] = try node.required("pooling").value.serializedBytes()
        let texts = try root.required("texts").elements().map { try $0.string() }
        let prompt = try node["prompt"]?.string()
        let vectors: [[Float]] = try embedder(files).embed(
            texts, prompt: prompt.map(Prompt.text), options: TextOptions(truncates: true))
        try expect(vectors, node, name)
    }

    @Test func `A transformer in a folder of its own, dropout and layer normalisation are read`() throws {
        let root = try Self.fixtures()
        let node = try root.required("layered")
        let weights = try ["weight", "bias"].map { key in
            SafetensorsWriter.Tensor(
                name: "norm.\(key)", type: .float32, shape: [16],
                data: HostBuffer(try node.required(key).elements().map { Float(try $0.double()) }))
        }
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("norm-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try SafetensorsWriter.write(weights, to: path)
        var files = try Self.contents(transformer: "0_Transformer/")
        files["modules.json"] = try node.required("modules").value.serializedBytes()
        files["2_Dropout/config.json"] = Array("{}".utf8)
        files["3_LayerNorm/config.json"] = Array(#"{"dimension": 16}"#.utf8)
        files["3_LayerNorm/model.safetensors"] = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        let texts = try root.required("texts").elements().map { try $0.string() }
        let vectors: [[Float]] = try embedder(files).embed(texts, options: TextOptions(truncates: true))
        try expect(vectors, node, "layered")
    }

    static let names = ["bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"]

    @Test(arguments: names) func `The greatest length is read under each name of the file`(name: String) throws {
        var files = try Self.contents()
        files["sentence_distilbert_config.json"] = nil
        files["sentence_\(name)_config.json"] = Array(#"{"max_seq_length": 7}"#.utf8)
        #expect(try embedder(files).maximumLength == 7)
    }

    static let mistakes: [(name: String, text: String, word: String)] = [
        ("1_Pooling/config.json", #"{"pooling_mode": "median"}"#, "median"),
        ("1_Pooling/config.json", #"{"pooling_mode": []}"#, "pooling_mode"),
        ("1_Pooling/config.json", #"{"pooling_mode_attention": true}"#, "pooling_mode_attention"),
        ("modules.json", #"[{"type": "sentence_transformers.models.WordEmbeddings", "path": ""}]"#, "WordEmbeddings"),
        ("modules.json", #"[{"type": "Transformer", "path": "0_Nowhere"}]"#, "0_Nowhere"),
        ("modules.json", #"[{"type": "Transformer", "path": "../x"}]"#, "../x"),
    ]

    @Test(arguments: mistakes.indices) func `A configuration that means nothing is an error that names it`(index: Int)
        throws
    {
        let (name, text, word) = Self.mistakes[index]
        var files = try Self.contents()
        files[name] = Array(text.utf8)
        let error = #expect(throws: (any Error).self) { try embedder(files) }
        #expect("\(error.map { "\($0)" } ?? "")".contains(word))
    }
}
