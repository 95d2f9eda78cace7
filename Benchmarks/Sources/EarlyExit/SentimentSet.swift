import Bert
import Foundation

/// The SST-2 development set, tokenized for the demo model.
struct SentimentSet {
    /// The folder of the model.
    let folder: String
    let labels: [Int]
    private let encodings: [Encoding]

    init() throws {
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().path
        folder = package + "/Sources/CDemoModel/tiny-sst2-deebert"
        let rows = try String(contentsOfFile: package + "/Tests/Fixtures/sst2/test.tsv", encoding: .utf8)
            .split(separator: "\n").dropFirst().map { $0.split(separator: "\t") }
        labels = rows.map { Int($0[1].trimmingCharacters(in: .whitespaces)) ?? -1 }
        let tokenizer = try Tokenizers.load(folder: folder)
        encodings = try rows.map {
            try tokenizer.encode(String($0[0]), options: EncodingOptions(maxLength: 128, truncation: .longestFirst))
        }
    }

    /// Classifies all sentences in order, in batches.
    func batches(of size: Int) -> [ModelInput] {
        stride(from: 0, to: encodings.count, by: size).map { start in
            let part = encodings[start..<min(start + size, encodings.count)]
            return ModelInput(ids: part.map(\.ids), tokenTypes: part.map(\.typeIDs))
        }
    }

    /// The mean exit layer.
    func mean(_ layers: [Int]) -> Double { Double(layers.reduce(0, +)) / Double(layers.count) }

    /// The share of sentences whose label has the higher logit.
    func accuracy(_ logits: [Float]) -> Double {
        let right = labels.enumerated().count {
            ($0.element == 1) == (logits[2 * $0.offset + 1] > logits[2 * $0.offset])
        }
        return Double(right) / Double(labels.count)
    }
}
