import BertCheckpoints
import BertJSON
public import BertModels

/// A golden model: its folder, and the class that its cases are for.
public struct ModelFixture: Sendable, CustomStringConvertible {
    /// The folder under `Tests/Fixtures`.
    public let folder: String
    /// The Python class.
    public let className: String

    /// Every model of `Tests/Fixtures/models` whose name has one of these beginnings.
    public static func all(_ beginnings: String...) throws -> [ModelFixture] {
        try ModelFiles(folder: Fixtures.path("models")).names
            .filter { name in beginnings.isEmpty || beginnings.contains { name.hasPrefix($0) } }
            .map { name in
                let folder = "models/\(name)"
                let files = try ModelFiles(folder: Fixtures.path(folder))
                let json = try JSONValue(parsing: files.read("cases.json"), source: folder)
                return ModelFixture(folder: folder, className: try JSONNode(json).required("arch").string())
            }
    }

    /// The cases that are a plain call of the model's own class: not of early exit, not loaded as another class.
    public func plainCases() throws -> [FixtureCase] {
        try FixtureCase.all(of: folder).filter { $0.json.member("mode") == nil && $0.json.member("load_as") == nil }
    }

    /// For example `models/bert-base`.
    public var description: String { folder }
}

extension FixtureCase {
    /// What is wrong with an output, or nil.
    public func mismatch(_ output: NamedTensor) throws -> String? {
        guard case .floats(let got) = output.values else { return "\(output.name) holds integers" }
        let shape = try outputShape(output.name)
        guard output.shape == shape else { return "\(output.name) has the shape \(output.shape), not \(shape)" }
        return try tolerance.mismatch(got, self.output(output.name))
    }
}
