import Bert
import BertJSON
import BertTraining
import TestSupport
import Testing

/// The outputs of the demo model's off-ramps for SST-2 in PyTorch, and the outcomes of policies computed with NumPy.
enum CalibrationFixture {
    private static let validation = Result { try read("validation") }
    private static let test = Result { try read("test") }

    /// Returns the first 4,000 texts of the validation set, or all 872 texts of the test set.
    static func data(_ name: String) throws -> ExitData { try (name == "test" ? test : validation).get() }

    private static func read(_ name: String) throws -> ExitData {
        let file = try SafetensorsFile(path: Fixtures.path("calibration/tiny.safetensors"))
        func tensor(_ part: String) throws -> StoredTensor {
            try #require(file.tensors.first { $0.name == "\(name).\(part)" })
        }
        let logits = try tensor("logits").float32().withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        let labels = try tensor("labels").int64()
        let tokens = try tensor("tokens").int64()
        return try ExitData(
            tokens.indices.map { text in
                let rows = (0..<7).map { Array(logits[(text * 7 + $0) * 2..<(text * 7 + $0) * 2 + 2]) }
                return ExitData.Text(
                    offRamps: Array(rows.dropLast()), logits: rows[6], tokens: Int(tokens[text]),
                    label: Int(labels[text]))
            })
    }

    static func expected() throws -> JSONNode {
        try JSONNode(
            parsing: ModelFiles(folder: Fixtures.path("calibration")).read("expected.json"), source: "expected.json")
    }
}

extension ExitData {
    /// Returns some of the texts.
    func taking(_ indices: some Sequence<Int>) throws -> ExitData { try ExitData(indices.map { texts[$0] }) }

    /// Returns the texts without labels.
    func withoutLabels() throws -> ExitData {
        try ExitData(
            texts.map { ExitData.Text(offRamps: $0.offRamps, logits: $0.logits, tokens: $0.tokens, label: nil) })
    }
}
