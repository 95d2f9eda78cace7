import ArgumentParser
import Bert
import BertJSON
import BertTraining

/// `bert evaluate`: evaluates a model on labeled examples.
struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Evaluate a model on labeled data.",
        discussion: """
            Computes the metrics of GLUE and of the examples in transformers: accuracy, F1, Matthews correlation, Pearson and \
            Spearman correlation, F1 of entities, exact match and F1 of answers. CSV and TSV files have a header row; by \
            default, the label is in the column "label" and the text in another one. --json prints one object: \
            {"task":…,"samples":…,"loss":…,"accuracy":…}, with "layers" for a model with off-ramps.

            EXAMPLE:
              bert evaluate --model Sources/CDemoModel/tiny-sst2-deebert \\
                --file Tests/Fixtures/sst2/test.tsv --per-layer
            """)

    @OptionGroup var source: ModelOptions

    @Option(
        name: .customLong("class"),
        help: ArgumentHelp("The model class (default: from config.json).", valueName: "name"))
    var className: String?

    @Option(help: ArgumentHelp("File with the examples.", valueName: "file"), completion: .file())
    var file: String

    @OptionGroup var data: LabelledDataOptions

    @Option(help: ArgumentHelp("Only use the first n examples.", valueName: "n"))
    var maxEvalSamples: Int?

    @Flag(help: "Print the metrics of each off-ramp.")
    var perLayer = false

    @OptionGroup var exits: ExitOptions

    @Flag(help: "Print a JSON object instead of a table.")
    var json = false

    @Option(
        name: [.customLong("max-batch-tokens"), .customLong("batch-tokens")],
        help: "Maximum tokens per batch.")
    var maxBatchTokens = 8_192

    @OptionGroup var backend: BackendOptions

    func validate() throws {
        if perLayer, exits.policy != nil {
            throw ValidationError("--per-layer evaluates all layers; omit the exit options")
        }
        if let maxEvalSamples, maxEvalSamples < 1 {
            throw ValidationError("--max-eval-samples must be at least 1, not \(maxEvalSamples)")
        }
        guard maxBatchTokens >= 1 else {
            throw ValidationError("--max-batch-tokens must be at least 1, not \(maxBatchTokens)")
        }
    }

    func run() throws {
        try PluginOptions.load(backend.plugins)
        let records = try data.columns.file(file).records(limit: maxEvalSamples)
        let files = try ModelFiles(folder: source.folder())
        let subject = try EvaluationSubject(files, as: className, task: data.task) { name in
            try backend.resolve(for: "bert evaluate") { name }
        }
        if perLayer, !subject.hasOffRamps {
            throw BertError(.invalidArgument, "\(subject.modelName) has no off-ramps", key: "--per-layer")
        }
        let examples = try subject.encode(
            records, texts: data.columns.textColumnNames, label: data.columns.labelColumn,
            maximumLength: data.maximumLength(subject.task), stride: data.docStride)
        if examples.cutCount > 0 {
            warn(
                "\(examples.cutCount) of \(examples.examples.count) examples were truncated to \(data.maximumLength(subject.task)) tokens"
            )
        }
        // Without options, the checkpoint's own policy applies, as in every command.
        let policy = try exits.policy ?? (perLayer ? nil : subject.exitPolicy)
        let report = try subject.evaluate(
            examples, policy: policy, perLayer: perLayer || json && exits.policy == nil, tokenBudget: maxBatchTokens)
        try Output.write(json ? self.json(report, subject).serialized(pretty: true) + "\n" : text(report, subject))
    }

    private func json(_ report: EvaluationReport, _ subject: EvaluationSubject) -> JSONValue {
        var object: JSONObject = [
            "model": .string(source.model), "class": .string(subject.modelName), "file": .string(file),
            "task": .string(subject.task.rawValue), "samples": .int(report.samples),
        ]
        if let loss = report.loss { object["loss"] = .double(loss) }
        for metric in report.metrics { object[metric.name] = .double(metric.value) }
        if let layer = report.meanExitLayer { object["mean_exit_layer"] = .double(layer) }
        if !report.layers.isEmpty {
            object["layers"] = .array(
                report.layers.enumerated().map { layer, metrics in
                    var members: JSONObject = ["layer": .int(layer + 1)]
                    for metric in metrics { members[metric.name] = .double(metric.value) }
                    return .object(members)
                })
        }
        return .object(object)
    }

    private func text(_ report: EvaluationReport, _ subject: EvaluationSubject) -> String {
        let metrics = (report.loss.map { [("loss", $0)] } ?? []) + report.metrics.map { ($0.name, $0.value) }
        func cell(_ value: Double) -> Table.Cell {
            Table.Cell(Float(value).fourDecimals.drop { $0 == " " }.description, right: true)
        }
        var table: Table
        if perLayer, let first = report.layers.first {
            table = Table(["layer"] + first.map { Table.Cell($0.name, right: true) })
            for (index, layer) in report.layers.enumerated() {
                table.add(["\(index + 1)"] + layer.map { cell($0.value) })
            }
            table.add(["end"] + metrics.map { cell($0.1) })
        } else {
            table = Table()
            table.add("samples", Table.Cell("\(report.samples)", right: true))
            for (name, value) in metrics { table.add("\(name)", cell(value)) }
            if let layer = report.meanExitLayer { table.add("mean exit layer", cell(layer)) }
        }
        return table.lines.joined(separator: "\n") + "\n"
    }
}
