import ArgumentParser
import Bert
import BertJSON
import BertTraining

/// `bert train`: fine-tunes a model, or trains a new one.
struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Fine-tune a model on labeled data, or train one from scratch.",
        discussion: """
            The options are those of the Trainer in transformers, spelled with dashes. Training starts from the weights of \
            --model; a missing head is initialized. With --init random or normal, or with --config, all weights are \
            initialized: random uses the Xavier distribution for weight matrices, normal uses the distribution of \
            transformers. CSV and TSV files have a header row; by default, the label is in the column "label" and the text \
            in another one.

            --output-dir receives the model, its tokenizer, trainer_state.json, training_args.json, training.svg, \
            train_results.json, eval_results.json, all_results.json, predict_results.txt and, during the run, folders \
            checkpoint-N, which are written atomically. --resume continues an interrupted run and produces the same files. \
            With the same data, options, seed and backend, results are bitwise reproducible.

            EXAMPLE:
              bert train --model Sources/CDemoModel/tiny-sst2-deebert \\
                --train-file Tests/Fixtures/sst2/test.tsv \\
                --max-train-samples 32 --max-steps 2 --output-dir .build/trained \\
                --overwrite-output-dir 2>.build/train.log
            """)

    @Option(
        help: ArgumentHelp(
            "Model folder in Hugging Face layout, or id of a model on the hub.",
            valueName: "folder|id"),
        completion: .directory)
    var model: String?

    @OptionGroup var hub: HubModelOptions

    @Option(
        help: ArgumentHelp("config.json of a new model, instead of --model.", valueName: "file"), completion: .file()
    )
    var config: String?

    @Option(
        help: ArgumentHelp(
            "Folder of the tokenizer (default: the folder of --model or --config).", valueName: "folder"),
        completion: .directory)
    var tokenizer: String?

    @Option(
        name: .customLong("init"),
        help: ArgumentHelp(
            "Initial weights: pretrained, random or normal (default: pretrained, or random with --config).",
            valueName: "how"),
        transform: choice)
    var initialisation: TrainingSubject.Initialisation?

    @Option(
        name: .customLong("class"),
        help: ArgumentHelp("Model class (default: from config.json and the task).", valueName: "name"))
    var className: String?

    @Flag(help: "Replace a head with mismatched sizes by a new one.")
    var ignoreMismatchedSizes = false

    @Option(help: ArgumentHelp("File with the training examples.", valueName: "file"), completion: .file())
    var trainFile: String

    @Option(help: ArgumentHelp("File with the validation examples.", valueName: "file"), completion: .file())
    var validationFile: String?

    @Option(help: ArgumentHelp("File with the test examples.", valueName: "file"), completion: .file())
    var testFile: String?

    @Option(help: ArgumentHelp("Only use the first n training examples.", valueName: "n"))
    var maxTrainSamples: Int?

    @Option(help: ArgumentHelp("Only use the first n validation examples.", valueName: "n"))
    var maxEvalSamples: Int?

    @Option(help: ArgumentHelp("Only use the first n test examples.", valueName: "n"))
    var maxPredictSamples: Int?

    @OptionGroup var data: LabelledDataOptions

    @Option(help: ArgumentHelp("Folder for the model and results.", valueName: "folder"), completion: .directory)
    var outputDir: String

    @Flag(help: "Overwrite the results of a previous run.")
    var overwriteOutputDir = false

    @Flag(help: "Continue from the last checkpoint in the folder, or start if there is none.")
    var resume = false

    @Option(help: ArgumentHelp("Continue from this checkpoint.", valueName: "folder"), completion: .directory)
    var resumeFromCheckpoint: String?

    @Option(help: ArgumentHelp("File for the log, with one JSON object per line.", valueName: "file"))
    var logFile: String?

    @Flag(help: "Predict the examples in --test-file after training and write predict_results.txt.")
    var doPredict = false

    @Flag(help: "Accepted for compatibility with transformers scripts; has no effect.")
    var doTrain = false

    @Flag(help: "Accepted for compatibility with transformers scripts; --validation-file is always evaluated.")
    var doEval = false

    @OptionGroup(title: "Optimization") var optimization: OptimizationOptions
    @OptionGroup(title: "Objective") var objective: ObjectiveOptions
    @OptionGroup(title: "Logs, evaluations, checkpoints") var runOptions: RunOptions
    @Flag(name: .customLong("bf16"), help: "Same as --precision bfloat16.")
    var bfloat16 = false
    @OptionGroup var backend: BackendOptions

    func validate() throws {
        guard (model == nil) != (config == nil) else { throw ValidationError("use either --model or --config") }
        if config != nil, initialisation == .pretrained {
            throw ValidationError("--config has no pretrained weights; use --init random or normal")
        }
        if resume || resumeFromCheckpoint != nil, overwriteOutputDir {
            throw ValidationError("--overwrite-output-dir would remove the checkpoint to resume; omit it")
        }
        if doPredict, testFile == nil { throw ValidationError("--do-predict requires --test-file") }
        for (option, value) in [
            ("max-train-samples", maxTrainSamples), ("max-eval-samples", maxEvalSamples),
            ("max-predict-samples", maxPredictSamples),
        ] {
            if let value, value < 1 { throw ValidationError("--\(option) must be at least 1, not \(value)") }
        }
        if bfloat16, let precision = backend.precision, precision != .bfloat16 {
            throw ValidationError("use either --bf16 or --precision \(precision.rawValue)")
        }
    }

    func run() throws {
        try PluginOptions.load(backend.plugins)
        let arguments = try arguments()
        try arguments.check()
        let checkpoint = try checkpoint()
        var computing = backend
        if bfloat16 { computing.precision = .bfloat16 }
        guard computing.precision != .int8 else {
            throw BertError(
                .unsupported,
                "int8 weights can't be trained, because updates would be lost in rounding; use float32 or bfloat16",
                key: "--precision", value: "int8")
        }
        let records = try data.columns.file(trainFile).records(limit: maxTrainSamples)
        let validation = try validationFile.map { try data.columns.file($0).records(limit: maxEvalSamples) }
        let test = try testFile.map { try data.columns.file($0).records(limit: maxPredictSamples) }
        let files = try modelFiles()
        let subject = try TrainingSubject(
            files, tokenizer: tokenizer.map { try ModelFiles(folder: $0) }, training: records, validation: validation,
            test: test, options: subjectOptions)
        if let loss = objective.loss, ["bce", "mse"].contains(loss.lowercased()), subject.task != .crossEncoder {
            throw BertError(
                .invalidArgument, "\(loss) is a loss of cross-encoders; the task is \(subject.task.rawValue)",
                key: "--loss", value: .string(loss))
        }
        let device = try computing.resolve(for: "bert train") { subject.modelType.modelName }
        describe(subject, on: device.info)
        let teacher = try objective.teacher.map {
            try TeacherModel(
                ModelFiles(folder: ModelLocation.folder($0, revision: nil, downloads: hub.download)), records: records,
                for: subject, on: device)
        }
        let step = checkpoint.flatMap { Self.step(of: $0) } ?? 0
        let progress = TrainingProgress(logFile: try logFile.map { try TrainingLog($0, goingOnFrom: step) })
        defer { progress.clear() }
        let trainer = try Trainer(
            consume subject, arguments, on: device, output: outputDir, teacher: teacher, facts: facts,
            observer: progress.show)
        if overwriteOutputDir { try Trainer.clear(outputDir) }
        Interruption.note()
        let result: TrainingResult
        do { result = try trainer.train(resumingFrom: checkpoint) } catch is TrainingProgress.Interrupted {
            progress.clear()
            tell("interrupted; use --resume to continue from the last checkpoint")
            throw ExitCode(130)
        }
        var all = result.training
        if let evaluation = result.evaluation { for (key, value) in evaluation { all[key] = value } }
        if doPredict { for (key, value) in try trainer.predict() { all[key] = value } }
        progress.clear()
        try Output.write(JSONValue.object(all).serialized() + "\n")
    }

    private func arguments() throws -> TrainingArguments {
        var arguments = TrainingArguments()
        optimization.apply(to: &arguments)
        objective.apply(to: &arguments)
        runOptions.apply(to: &arguments)
        if let file = optimization.dataOrder { arguments.dataOrder = try Self.indices(file) }
        return arguments
    }

    private var subjectOptions: TrainingSubject.Options {
        var options = TrainingSubject.Options()
        options.className = className
        options.task = data.task
        options.initialisation = initialisation ?? (config == nil ? .pretrained : .random)
        options.seed = optimization.seed
        options.ignoresMismatchedSizes = ignoreMismatchedSizes
        options.textColumns = data.columns.textColumnNames
        options.labelColumn = data.columns.labelColumn
        options.maximumLength = data.maxSeqLength
        options.stride = data.docStride
        options.usesSquaredError = objective.loss?.lowercased() == "mse"
        // Other losses only compare scores with each other.
        if objective.loss?.lowercased() == "cosine-similarity" { options.scores = -1...1 }
        options.dropout = optimization.dropout
        return options
    }

    /// Additional facts that results depend on.
    private var facts: JSONObject {
        [
            "model_name_or_path": .string(model ?? config ?? ""), "revision": hub.revision.map { .string($0) } ?? .null,
            "init": .string((initialisation ?? (config == nil ? .pretrained : .random)).rawValue),
            "doc_stride": .int(data.docStride), "teacher": objective.teacher.map { .string($0) } ?? .null,
            "loss": objective.loss.map { .string($0) } ?? .null,
        ]
    }

    private func modelFiles() throws -> ModelFiles {
        if let model { return try ModelFiles(folder: hub.folder(of: model)) }
        let path = config ?? ""
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let files = try ModelFiles(folder: folder.isEmpty ? "/" : folder)
        let name = path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
        guard name != BertConfig.fileName else { return files }
        // The configuration has another name. The other files in the folder belong to the tokenizer.
        var contents: [String: HostBuffer] = [BertConfig.fileName: HostBuffer(try files.read(name))]
        for other in files.names
        where other.contains("token") || other.contains("vocab") || other.hasSuffix(".model") || other == "merges.txt" {
            contents[other] = HostBuffer(try files.read(other))
        }
        return ModelFiles(name: path, files: contents)
    }

    /// Returns the checkpoint to resume from, or nil to start a new run.
    private func checkpoint() throws -> String? {
        if let resumeFromCheckpoint { return resumeFromCheckpoint }
        let last = try Trainer.lastCheckpoint(in: outputDir)
        if resume {
            if last == nil { tell("\(outputDir) has no checkpoint; training starts from the beginning") }
            return last
        }
        try Trainer.checkEmpty(outputDir, mayOverwrite: overwriteOutputDir)
        return nil
    }

    private func describe(_ subject: TrainingSubject, on backend: BackendInfo) {
        let columns = subject.columns
        tell(
            """
            \(subject.modelType.modelName), \(subject.task.rawValue): text \(columns.texts.joined(separator: ", "))\
            \(columns.label.map { ", label \($0)" } ?? ""); \(backend.nameAndVersion), \(backend.precision.rawValue)
            """)
        if subject.task == .classification || subject.task == .multiLabel || subject.task == .tokenClassification {
            tell("labels: \(subject.training.labels.prefix(20).joined(separator: ", "))")
        }
        if initialisation == nil || initialisation == .pretrained, config == nil, !subject.newParameters.isEmpty {
            tell(
                "initialized parameters that are not in the checkpoint: \(subject.newParameters.joined(separator: ", "))"
            )
        }
        for (name, examples) in [
            ("--train-file", subject.training), ("--validation-file", subject.validation),
            ("--test-file", subject.test),
        ] {
            guard let examples, examples.cutCount > 0 else { continue }
            warn(
                "\(examples.cutCount) of \(examples.examples.count) examples of \(name) were truncated to \(subject.maximumLength) tokens"
            )
        }
        if optimization.groupByLength { tell("--group-by-length has no effect, because sequences are not padded") }
    }

    private static func step(of checkpoint: String) -> Int? {
        checkpoint.split(separator: "/").last?.split(separator: "-").last.flatMap { Int($0) }
    }

    /// Returns the indices in a file with one index per line.
    private static func indices(_ path: String) throws -> [Int] {
        guard let text = contents(of: path, limit: 1 << 30) else {
            throw BertError(.fileNotReadable, "can't be read", file: path, key: "--data-order")
        }
        var indices: [Int] = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let word = line.filter { !$0.isWhitespace }
            if word.isEmpty { continue }
            guard let index = Int(word) else {
                throw BertError(
                    .invalidInput, "\"\(word)\" is not an index", file: path, line: number + 1,
                    value: .string(String(word))
                )
            }
            indices.append(index)
        }
        return indices
    }
}
