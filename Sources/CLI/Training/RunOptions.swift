import ArgumentParser
import BertTraining

/// Options for when a run logs, evaluates, saves and stops.
struct RunOptions: ParsableArguments {
    @Option(help: ArgumentHelp("When the loss is logged: no, steps or epoch.", valueName: "when"), transform: choice)
    var loggingStrategy = TrainingArguments.Strategy.steps

    @Option(help: ArgumentHelp("Steps between two logs.", valueName: "n"))
    var loggingSteps = 500

    @Flag(help: "Log the first step too.")
    var loggingFirstStep = false

    @Option(
        name: [.customLong("eval-strategy"), .customLong("evaluation-strategy")],
        help: ArgumentHelp("When the model is evaluated: no, steps or epoch.", valueName: "when"), transform: choice)
    var evalStrategy = TrainingArguments.Strategy.no

    @Option(help: ArgumentHelp("Steps between two evaluations (default: --logging-steps).", valueName: "n"))
    var evalSteps: Int?

    @Option(help: ArgumentHelp("Sequences in a batch of an evaluation; changes no result.", valueName: "n"))
    var perDeviceEvalBatchSize = 8

    @Option(help: ArgumentHelp("When a checkpoint is saved: no, steps or epoch.", valueName: "when"), transform: choice)
    var saveStrategy = TrainingArguments.Strategy.steps

    @Option(help: ArgumentHelp("Steps between two checkpoints.", valueName: "n"))
    var saveSteps = 500

    @Option(help: ArgumentHelp("Keep only the last n checkpoints, and the best.", valueName: "n"))
    var saveTotalLimit: Int?

    @Flag(help: "Have the best checkpoint at the end; evaluations and checkpoints must coincide.")
    var loadBestModelAtEnd = false

    @Option(help: ArgumentHelp("What makes a checkpoint better (default: loss).", valueName: "name"))
    var metricForBestModel: String?

    @Option(
        help: ArgumentHelp(
            "Whether more of it is better (default: unless its name ends in loss).", valueName: "true|false"),
        transform: RunOptions.boolean)
    var greaterIsBetter: Bool?

    @Option(help: ArgumentHelp("Stop after n evaluations in a row that are no better.", valueName: "n"))
    var earlyStoppingPatience: Int?

    @Option(help: ArgumentHelp("How much better an evaluation has to be to count.", valueName: "x"))
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
        default: throw ValidationError("it takes true or false")
        }
    }
}
