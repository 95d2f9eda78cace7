import ArgumentParser
import BertTraining

/// Options for when a run logs, evaluates, saves and stops.
struct RunOptions: ParsableArguments {
    @Option(help: ArgumentHelp("When to log the loss: no, steps or epoch.", valueName: "when"), transform: choice)
    var loggingStrategy = TrainingArguments.Strategy.steps

    @Option(help: ArgumentHelp("Steps between logs.", valueName: "n"))
    var loggingSteps = 500

    @Flag(help: "Log the first step too.")
    var loggingFirstStep = false

    @Option(
        name: [.customLong("eval-strategy"), .customLong("evaluation-strategy")],
        help: ArgumentHelp("When to evaluate the model: no, steps or epoch.", valueName: "when"), transform: choice)
    var evalStrategy = TrainingArguments.Strategy.no

    @Option(help: ArgumentHelp("Steps between evaluations (default: --logging-steps).", valueName: "n"))
    var evalSteps: Int?

    @Option(help: ArgumentHelp("Sequences per evaluation batch; doesn't affect the result.", valueName: "n"))
    var perDeviceEvalBatchSize = 8

    @Option(help: ArgumentHelp("When to save a checkpoint: no, steps or epoch.", valueName: "when"), transform: choice)
    var saveStrategy = TrainingArguments.Strategy.steps

    @Option(help: ArgumentHelp("Steps between checkpoints.", valueName: "n"))
    var saveSteps = 500

    @Option(help: ArgumentHelp("Only keep the last n checkpoints and the best one.", valueName: "n"))
    var saveTotalLimit: Int?

    @Flag(help: "Load the best checkpoint after training; requires the same strategy for evaluations and checkpoints.")
    var loadBestModelAtEnd = false

    @Option(help: ArgumentHelp("Metric that determines the best checkpoint (default: loss).", valueName: "name"))
    var metricForBestModel: String?

    @Option(
        help: ArgumentHelp(
            "Whether a greater metric is better (default: true, unless its name ends with loss).",
            valueName: "true|false"),
        transform: RunOptions.boolean)
    var greaterIsBetter: Bool?

    @Option(help: ArgumentHelp("Stop after n consecutive evaluations without improvement.", valueName: "n"))
    var earlyStoppingPatience: Int?

    @Option(help: ArgumentHelp("Minimum improvement for early stopping.", valueName: "x"))
    var earlyStoppingThreshold = 0.0

    func apply(to arguments: inout TrainingArguments) {
        arguments.loggingStrategy = loggingStrategy
        arguments.loggingSteps = loggingSteps
        arguments.loggingFirstStep = loggingFirstStep
        arguments.evalStrategy = evalStrategy
        arguments.evalSteps = evalSteps
        arguments.perDeviceEvalBatchSize = perDeviceEvalBatchSize
        arguments.saveStrategy = saveStrategy
        arguments.saveSteps = saveSteps
        arguments.saveTotalLimit = saveTotalLimit
        arguments.loadBestModelAtEnd = loadBestModelAtEnd
        arguments.metricForBestModel = metricForBestModel
        arguments.greaterIsBetter = greaterIsBetter
        arguments.earlyStoppingPatience = earlyStoppingPatience
        arguments.earlyStoppingThreshold = earlyStoppingThreshold
    }

    @Sendable private static func boolean(_ text: String) throws -> Bool {
        switch text.lowercased() {
        case "true", "yes", "1", "on": true
        case "false", "no", "0", "off": false
        default: throw ValidationError("it must be true or false")
        }
    }
}
