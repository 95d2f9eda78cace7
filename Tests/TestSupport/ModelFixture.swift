import BertCheckpoints
import BertJSON
public import BertModels

/// A golden model with its folder and the class of its cases.
public struct ModelFixture: Sendable, CustomStringConvertible {
    /// The folder in `Tests/Fixtures`.
    public let folder: String
    /// The Python class.
    public let className: String

    /// Returns the models of `Tests/Fixtures/models` whose names start with one of the given prefixes.
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

    /// Returns the cases that call the model's own class without early exit.
    public func plainCases() throws -> [FixtureCase] {
        try FixtureCase.all(of: folder).filter { $0.json.member("mode") == nil && $0.json.member("load_as") == nil }
    }

    /// A description such as `models/bert-base`.
    public var description: String { folder }
}

extension FixtureCase {
    /// Returns the mismatch of an output, or nil.
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

    /// Returns which elements of an output belong to masked tokens that are computed differently from Python. With
    /// window or disentangled attention, these tokens attend to padding. Their results are never used.
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
