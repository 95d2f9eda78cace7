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
        abstract: "Find from data when texts may leave a model early, and put it into config.json.",
        discussion: """
            One half of the texts, at random, is to fit and to choose with. The other half certifies: of each family of \
            policies the fastest setting is taken for which at most the share --target-loss of texts loses the right \
            answer by leaving early, with the probability --confidence (Clopper-Pearson bounds, settings tested in a fixed \
            order from the safest). Without labels, an answer is lost that is not the whole model's.

            The policy goes into config.json, in place of the one there: into that of the model, or into a copy of the \
            model (--out). Every verb and pipeline then follows it. --dry-run writes nothing.

            Calibrate on texts like those to come. --check-file shows what the choice does to other texts.

            EXAMPLE:
              bert calibrate --model Sources/CDemoModel/tiny-sst2-deebert \\
                --data Tests/Fixtures/sst2/test.tsv --target-loss 0.03 \\
                --cost layers --dry-run
            """)

    @OptionGroup var task: TaskOptions

    @OptionGroup var truncation: TruncationOptions

    @OptionGroup var data: CalibrationDataOptions

    @Option(help: ArgumentHelp("The greatest share of texts that may lose the right answer.", valueName: "x"))
    var targetLoss = 0.005

    @Option(help: ArgumentHelp("The probability with which that has to hold.", valueName: "x"))
    var confidence = 0.9

    @Option(
        name: [.customLong("policy"), .customLong("policies")],
        help: ArgumentHelp(
            "Try these families only, separated by commas: \(ExitFamily.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "name,…"),
        transform: Self.families)
    var families: [ExitFamily]?

    @Option(
        help: ArgumentHelp(
            "What a layer costs: seconds, measured here in batches of --batch-size, or layers, all alike.",
            valueName: "unit"),
        transform: choice)
    var cost = LayerCosts.Unit.seconds

    @Option(help: ArgumentHelp("Texts in a batch that is timed.", valueName: "n"))
    var batchSize = 32

    @Option(help: ArgumentHelp("Divides the texts into halves.", valueName: "number"))
    var seed: UInt64 = 0

    @Option(
        name: [.customLong("out"), .customLong("output-dir")],
        help: ArgumentHelp(
            "A new folder for a copy of the model with the policy (default: the model's own config.json is changed).",
            valueName: "folder"), completion: .directory)
    var out: String?

    @Option(
        help: ArgumentHelp(
            "Where to draw accuracy over cost (default: calibration.svg beside the config.json that is written).",
            valueName: "file"), completion: .file())
    var svg: String?

    @Flag(help: "Write no config.json.")
    var dryRun = false

    @Flag(help: "Print one JSON object instead of tables.")
    var json = false

    func validate() throws {
        for (value, name) in [(targetLoss, "target-loss"), (confidence, "confidence")] {
            guard value > 0, value < 1 else { throw ValidationError("--\(name) is \(value); between 0 and 1") }
        }
        guard batchSize >= 1 else { throw ValidationError("--batch-size is \(batchSize); at least 1") }
        if dryRun, out != nil { throw ValidationError("--dry-run writes nothing, so that --out has no use") }
    }

    func run() throws {
        let (files, backend) = try task.model(for: "bert calibrate", .sequenceClassification)
        let destination = try dryRun ? nil : CalibrationDestination(model: files.location, out: out)
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
                "\(classifier.modelName) has no off-ramps, so there are no exits to calibrate; DeeBERT and PABEE have some",
                file: task.source.model)
        }
        guard classifier.labels.count > 1, classifier.config.problemType != .multiLabelClassification,
            classifier.config.problemType != .regression
        else {
            throw BertError(
                .unsupported, "exits are calibrated for models that choose one of several labels",
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
