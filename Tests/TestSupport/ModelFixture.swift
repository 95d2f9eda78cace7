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
        var want = try self.output(output.name)
        if let masked = try maskedElements(shape), masked.count == want.count {
            for index in want.indices where masked[index] { want[index] = got[index] }
        }
        return try tolerance.mismatch(got, want)
    }

    /// Which elements of an output belong to masked-out tokens of the families that compute those in a way of their own: with a
    /// window or disentangled attention they see the padding. Nobody reads them.
    private func maskedElements(_ shape: [Int]) throws -> [Bool]? {
        guard folder.contains("/modernbert-") || folder.contains("/deberta-"),
            let length = try self.shape("attention_mask")?.last, let mask = try maskedTokens()
        else { return nil }
        let sequences = mask.count / max(length, 1)
        switch shape.count {
        case 2 where shape == [sequences, length]: return mask
        case 3 where shape[0] == sequences && shape[1] == length:
            return mask.flatMap { [Bool](repeating: $0, count: shape[2]) }
        case 4 where shape[0] == sequences && shape[2] == length && shape[3] == length:
            var result: [Bool] = []
            for sequence in 0..<sequences {
                let masked = mask[sequence * length..<(sequence + 1) * length]
                for _ in 0..<shape[1] {
                    for query in masked { result.append(contentsOf: masked.map { $0 || query }) }
                }
            }
            return result
        default: return nil
        }
    }
}
