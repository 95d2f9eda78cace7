import ArgumentParser
import Bert
import BertJSON

/// `bert demo`: demonstrates early exit with a built-in model.
struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Classify sentences with the built-in model, and show early exit.",
        discussion: """
            A sentence exits at the first layer whose prediction is confident enough: easy sentences early, difficult ones \
            late. The arguments are classified after the built-in sentences.

            EXAMPLE:
              bert demo "An ending that you will not see coming."
            """)

    @OptionGroup var backend: BackendOptions

    @Option(help: "Exit when the entropy in nats is below this threshold; 0 runs all layers.")
    var threshold = DemoModel.threshold

    @Flag(help: "Print one JSON object per line instead of a table.")
    var json = false

    @Argument(help: ArgumentHelp("English sentences about a film.", valueName: "sentence"))
    var sentences: [String] = []

    func validate() throws {
        guard threshold.isFinite, threshold >= 0 else {
            throw ValidationError("--threshold must be at least 0, not \(threshold)")
        }
    }

    func run() throws {
        let classifier = try TextClassifier(DemoModel.files, on: backend.resolve(for: "bert demo"))
        let texts = DemoModel.sentences + sentences
        let results: [TextClassification] = try classifier.classify(texts, policy: .entropy(threshold))
        let layers = classifier.layerCount
        if json {
            let lines = zip(texts, results).map { text, result -> String in
                let object: JSONValue = [
                    "text": .string(text), "label": .string(result.label), "score": .double(result.score),
                    "exit_layer": .int(result.exitLayer), "layers": .int(layers),
                    "saved": .double(1 - Double(result.exitLayer) / Double(layers)),
                ]
                return object.serialized() + "\n"
            }
            return try Output.write(lines.joined())
        }
        var table = Table([
            "sentence", "label", Table.Cell("confidence", right: true), "exit layer",
            Table.Cell("saved", right: true),
        ])
        for (text, result) in zip(texts, results) {
            table.add(
                Table.Cell(Self.shortened(text)),
                Table.Cell(result.label, result.label == "positive" ? .green : .red),
                Table.Cell(Double(result.score).percent, right: true),
                Table.Cell(Self.path(result.exitLayer, of: layers)),
                Table.Cell((1 - Double(result.exitLayer) / Double(layers)).percent, right: true))
        }
        let run = results.map(\.exitLayer).reduce(0, +)
        let all = results.count * layers
        let summary = """
            \(run) of \(all) layers computed, \((1 - Double(run) / Double(all)).percent) saved \
            (\(classifier.backend.nameAndVersion)).
            """
        try Output.write((table.lines + ["", summary]).joined(separator: "\n") + "\n")
    }

    /// Returns a path such as `●●○○○○ 2`.
    private static func path(_ layer: Int, of layers: Int) -> String {
        String(repeating: "●", count: layer) + String(repeating: "○", count: layers - layer) + " \(layer)"
    }

    private static func shortened(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        return line.count > 60 ? line.prefix(59) + "…" : line
    }
}
