import ArgumentParser
import Bert
import BertCore
import BertJSON
import BertTraining

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// `bert calibrate`: determines an exit policy from data.
struct CalibrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibrate",
        abstract: "Find an early-exit policy from data and store it in config.json.",
        discussion: """
            The texts are split into two random halves. The first half fits and selects the policies. The second half \
            certifies, for each policy, the fastest setting with which at most the share --target-loss of texts loses a \
            correct prediction by exiting early, with the probability --confidence (Clopper-Pearson bounds; settings are \
            tested in a fixed order, from the safest). Without labels, a prediction is lost if it differs from the full \
            model's.

            The policy replaces the one in config.json, of the model itself or of a copy (--out). All commands and \
            pipelines then apply it. --dry-run writes nothing.

            The bound only holds for texts of the same kind. --check-file evaluates the policy on other texts.

            EXAMPLE:
              bert calibrate --model Sources/CDemoModel/tiny-sst2-deebert \\
                --data Tests/Fixtures/sst2/test.tsv --target-loss 0.03 \\
                --cost layers --dry-run
            """)

    @OptionGroup var task: TaskOptions

    @OptionGroup var truncation: TruncationOptions

    @OptionGroup var data: CalibrationDataOptions

    @Option(help: ArgumentHelp("Maximum share of texts that may lose a correct prediction.", valueName: "x"))
    var targetLoss = 0.005

    @Option(help: ArgumentHelp("Probability with which the bound must hold.", valueName: "x"))
    var confidence = 0.9

    @Option(
        name: [.customLong("policy"), .customLong("policies")],
        help: ArgumentHelp(
            "Only try these policies, comma-separated: \(ExitFamily.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "name,…"),
        transform: Self.families)
    var families: [ExitFamily]?

    @Option(
        help: ArgumentHelp(
            "Unit of cost: seconds (measured in batches of --batch-size) or layers.",
            valueName: "unit"),
        transform: choice)
    var cost = LayerCosts.Unit.seconds

    @Option(help: ArgumentHelp("Texts per batch when measuring time.", valueName: "n"))
    var batchSize = 32

    @Option(help: ArgumentHelp("Seed of the random split.", valueName: "number"))
    var seed: UInt64 = 0

    @Option(
        name: [.customLong("out"), .customLong("output-dir")],
        help: ArgumentHelp(
            "New folder for a copy of the model with the policy (default: change the model's own config.json).",
            valueName: "folder"), completion: .directory)
    var out: String?

    @Option(
        help: ArgumentHelp(
            "File for a plot of accuracy over cost (default: calibration.svg next to config.json).",
            valueName: "file"), completion: .file())
    var svg: String?

    @Flag(help: "Don't write config.json.")
    var dryRun = false

    @Flag(help: "Print a JSON object instead of tables.")
    var json = false

    func validate() throws {
        for (value, name) in [(targetLoss, "target-loss"), (confidence, "confidence")] {
            guard value > 0, value < 1 else { throw ValidationError("--\(name) must be between 0 and 1, not \(value)") }
        }
        guard batchSize >= 1 else { throw ValidationError("--batch-size must be at least 1, not \(batchSize)") }
        if dryRun, out != nil { throw ValidationError("--dry-run writes nothing; omit --out") }
    }

    func run() throws {
        let (files, backend) = try task.model(for: "bert calibrate", .sequenceClassification)
        let destination = try dryRun ? nil : CalibrationDestination(model: files.location, out: out)
        try data.validateFiles()
        let records = try data.columns.file(data.data).records()
        let checkRecords = try data.checkFile.map { try data.columns.file($0).records() }
        let classifier = try TextClassifier(files, as: task.className, on: backend)
        try check(classifier)
        task.describe("at most \(classifier.maximumLength) tokens", on: backend.info)

        let texts = try self.texts(records, classifier)
        let checkTexts = try checkRecords.map { try self.texts($0, classifier) }
        let exits = try passages(texts, classifier)
        let checking = try checkTexts.map { try passages($0, classifier) }
        let timer = try cost == .seconds ? timer(texts, classifier) : nil
        let calibrator = ExitCalibrator(
            risk: RiskControl(targetLoss: targetLoss, confidence: confidence),
            families: families ?? ExitFamily.families(labels: classifier.labels.count), seed: seed)
        let result = try calibrator(exits, checking: checking, costs: timer?.layerCosts())
        let report = CalibrationReport(
            model: task.source.model, modelName: classifier.modelName, backend: backend.info,
            labels: classifier.labels, files: (data.data, data.checkFile), data: exits, result: result,
            batchSize: batchSize, seconds: try timer.map { try seconds(result, $0) },
            checkSeconds: try timer.flatMap { _ in
                try checkTexts.map { try seconds(result, self.timer($0, classifier)) }
            })
        try finish(report, destination, layers: classifier.layerCount)
    }

    /// Writes the files, ending with config.json, and prints the report.
    private func finish(
        _ report: CalibrationReport, _ destination: CalibrationDestination?, layers: Int
    ) throws {
        var written: CalibrationDestination.Written?
        if let svg { try AtomicFile.replace(svg, with: report.figure) }
        if let policy = report.result.chosen?.policy {
            written = try destination?.write(policy, figure: svg == nil ? report.figure : nil)
        }
        try Output.write(
            json
                ? report.json(written, svg: svg ?? written?.figure).serialized(pretty: true) + "\n"
                : report.text(written, svg: svg ?? written?.figure))
        if report.result.chosen == nil { throw report.nothingFound }
    }

    private func check(_ classifier: TextClassifier) throws {
        guard classifier.hasOffRamps else {
            throw BertError(
                .invalidArgument,
                "\(classifier.modelName) has no off-ramps to calibrate; use a model such as DeeBERT or PABEE",
                file: task.source.model)
        }
        guard classifier.labels.count > 1, classifier.config.problemType != .multiLabelClassification,
            classifier.config.problemType != .regression
        else {
            throw BertError(
                .unsupported, "only models for single-label classification can be calibrated",
                file: task.source.model)
        }
    }

    private func texts(_ records: [DataRecord], _ classifier: TextClassifier) throws -> ExitTexts {
        try ExitTexts(
            records, classifier.config, columns: data.columns.textColumnNames, label: data.columns.labelColumn)
    }

    private func passages(_ texts: ExitTexts, _ classifier: TextClassifier) throws -> ExitData {
        var progress = ProgressLine(isShown: isatty(STDERR_FILENO) == 1)
        var done = 0
        defer { progress.clear() }
        return try texts.data(of: classifier, options: task.textOptions(truncation)) { count in
            progress.add(count - done, exitLayers: [])
            done = count
            progress.show(done: count, share: Double(count) / Double(texts.texts.count))
        }
    }

    private func timer(_ texts: ExitTexts, _ classifier: TextClassifier) throws -> ExitTimer {
        // Batches from all parts of the file.
        let step = max(1, texts.texts.count / (16 * batchSize))
        return try ExitTimer(
            classifier, texts: stride(from: 0, to: texts.texts.count, by: step).map { texts.texts[$0] },
            batchSize: batchSize, truncates: truncation.autoTruncate)
    }

    /// Returns the measured speed-ups of the policies over the whole model.
    private func seconds(_ result: ExitCalibration, _ timer: ExitTimer) throws -> [ExitFamily: Double] {
        let rows = result.rows.filter { $0.policy != nil }
        let seconds = try timer.seconds(of: [.never] + rows.compactMap(\.policy))
        return Dictionary(uniqueKeysWithValues: zip(rows, seconds.dropFirst()).map { ($0.family, seconds[0] / $1) })
    }

    /// Parses names of families separated by commas.
    @Sendable private static func families(_ text: String) throws -> [ExitFamily] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map { try choice(String($0)) }
    }
}
