import ArgumentParser
import BertCore
import BertTraining

/// Options for training steps: those of `TrainingArguments` for batches, the optimizer and the schedule.
struct OptimizationOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Sequences in a batch.", valueName: "n"))
    var perDeviceTrainBatchSize = 8

    @Option(help: ArgumentHelp("Batches whose gradients make one step.", valueName: "n"))
    var gradientAccumulationSteps = 1

    @Option(help: ArgumentHelp("The greatest learning rate.", valueName: "x"))
    var learningRate = 5e-5

    @Option(help: ArgumentHelp("Decay of weights, but not of biases and normalisations.", valueName: "x"))
    var weightDecay = 0.0

    @Option(name: .customLong("adam-beta1"), help: ArgumentHelp("AdamW's beta 1.", valueName: "x"))
    var adamBeta1 = 0.9

    @Option(name: .customLong("adam-beta2"), help: ArgumentHelp("AdamW's beta 2.", valueName: "x"))
    var adamBeta2 = 0.999

    @Option(help: ArgumentHelp("AdamW's epsilon.", valueName: "x"))
    var adamEpsilon = 1e-8

    @Option(help: ArgumentHelp("The greatest norm of all gradients together; 0: any.", valueName: "x"))
    var maxGradNorm = 1.0

    @Option(help: ArgumentHelp("How often all examples are taken; may have a fraction.", valueName: "n"))
    var numTrainEpochs = 3.0

    @Option(help: ArgumentHelp("The number of steps; wins over the epochs unless -1.", valueName: "n"))
    var maxSteps = -1

    @Option(
        help: ArgumentHelp(
            "The shape of the learning rate: \(ScheduleKind.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "name"),
        transform: choice)
    var lrSchedulerType = ScheduleKind.linear

    @Option(help: ArgumentHelp("Share of the steps in which the learning rate rises.", valueName: "x"))
    var warmupRatio = 0.0

    @Option(help: ArgumentHelp("Steps in which the learning rate rises; wins over --warmup-ratio.", valueName: "n"))
    var warmupSteps = 0

    @Option(help: ArgumentHelp("Share of a class that all classes have alike.", valueName: "x"))
    var labelSmoothingFactor = 0.0

    @Option(
        help: ArgumentHelp(
            "How losses over tokens are put together when batches are accumulated: batch (the mean of means) or tokens.",
            valueName: "name"),
        transform: choice)
    var lossReduction = TrainingArguments.LossReduction.batch

    @Option(help: ArgumentHelp("Seed of dropout, new weights and data order.", valueName: "number"))
    var seed: UInt64 = 42

    @Option(help: ArgumentHelp("Seed of the data order (default: --seed).", valueName: "number"))
    var dataSeed: UInt64?

    @Option(
        help: ArgumentHelp(
            "A file with the index of an example a line, counted from 0: the order of each epoch.", valueName: "file"),
        completion: .file())
    var dataOrder: String?

    @Flag(help: "Accepted for scripts of transformers; without effect, as sequences are never padded.")
    var groupByLength = false

    @Flag(help: "Compute activations again in the backward pass instead of keeping them.")
    var gradientCheckpointing = false

    @Option(help: ArgumentHelp("Dropout of everything, instead of what config.json says.", valueName: "x"))
    var dropout: Double?

    @Option(
        help: ArgumentHelp(
            "Parameters that stay as they are: a regular expression that matches a part of their names.",
            valueName: "regex"))
    var freeze: String?

    @Option(
        help: ArgumentHelp(
            "Precision of the linear layers that stay as they are, int8 too (default: --precision).",
            valueName: "precision"),
        transform: { try Precision(parsing: $0, from: "--frozen-precision") })
    var frozenPrecision: Precision?

    func apply(to arguments: inout TrainingArguments) {
        arguments.perDeviceTrainBatchSize = perDeviceTrainBatchSize
        arguments.gradientAccumulationSteps = gradientAccumulationSteps
        arguments.learningRate = learningRate
        arguments.weightDecay = weightDecay
        arguments.adamBeta1 = adamBeta1
        arguments.adamBeta2 = adamBeta2
        arguments.adamEpsilon = adamEpsilon
        arguments.maxGradNorm = maxGradNorm
        arguments.numTrainEpochs = numTrainEpochs
        arguments.maxSteps = maxSteps
        arguments.lrSchedulerType = lrSchedulerType
        arguments.warmupRatio = warmupRatio
        arguments.warmupSteps = warmupSteps
        arguments.labelSmoothingFactor = labelSmoothingFactor
        arguments.lossReduction = lossReduction
        arguments.seed = seed
        arguments.dataSeed = dataSeed
        arguments.gradientCheckpointing = gradientCheckpointing
        arguments.dropout = dropout
        arguments.freeze = freeze
        arguments.frozenPrecision = frozenPrecision
    }
}
