import BertCheckpoints
public import BertCore
public import BertJSON

/// A folder of `Tests/Fixtures/sentences`, with what sentence-transformers gave for its texts, in float64.
public struct SentenceFixture: Sendable {
    /// The name of the folder.
    public let name: String
    /// Its path.
    public let folder: String
    /// `sentence_embedding`, `sparse_embedding` or `multi_vector`.
    public let kind: String
    /// Each with a name, texts and options.
    public let cases: [JSONValue]
    private let file: SafetensorsFile

    /// What is missing in a fixture.
    private struct Missing: Error { let name: String }

    /// Reads a folder's cases.
    public init(_ name: String) throws {
        self.name = name
        folder = Fixtures.path("sentences/\(name)")
        let json = try JSONNode(JSONValue(parsing: ModelFiles(folder: folder).read("cases.json"), source: name))
        kind = try json.required("kind").string()
        cases = try json.required("cases").elements().map(\.value)
        file = try SafetensorsFile(path: "\(folder)/expected.safetensors")
    }

    private func stored(_ name: String) throws -> StoredTensor {
        guard let tensor = file.tensors.first(where: { $0.name == name }) else { throw Missing(name: name) }
        return tensor
    }

    /// An expected tensor of numbers.
    public func tensor(_ name: String) throws -> (shape: [Int], values: [Float]) {
        let stored = try stored(name)
        return (Array(stored.shape), try stored.float32().withUnsafeBytes { Array($0.bindMemory(to: Float.self)) })
    }

    /// An expected tensor of integers.
    public func integers(_ name: String) throws -> [Int] { try stored(name).int64().map { Int($0) } }

    /// The strings of a list.
    public static func texts(_ json: JSONValue?) throws -> [String] {
        guard let texts = json?.arrayValue else { throw Missing(name: "texts") }
        return texts.compactMap(\.stringValue)
    }

    /// How far results of a case may be off.
    public static func tolerance(_ test: JSONValue) throws -> Tolerance {
        let tolerance = try JSONNode(test).required("tolerance")
        return Tolerance(
            absolute: try tolerance.required("atol").double(), relative: try tolerance.required("rtol").double())
    }
}
