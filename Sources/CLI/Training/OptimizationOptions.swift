import ArgumentParser
import BertCore
import BertTraining

/// Options for training steps: those of `TrainingArguments` for batches, the optimizer and the schedule.
struct OptimizationOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Sequences per batch.", valueName: "n"))
    var perDeviceTrainBatchSize = 8

    @Option(help: ArgumentHelp("Number of batches whose gradients are accumulated for one step.", valueName: "n"))
    var gradientAccumulationSteps = 1

    @Option(help: ArgumentHelp("Maximum learning rate.", valueName: "x"))
    var learningRate = 5e-5

    @Option(help: ArgumentHelp("Weight decay, except for biases and normalization layers.", valueName: "x"))
    var weightDecay = 0.0

    @Option(name: .customLong("adam-beta1"), help: ArgumentHelp("Beta 1 of AdamW.", valueName: "x"))
    var adamBeta1 = 0.9

    @Option(name: .customLong("adam-beta2"), help: ArgumentHelp("Beta 2 of AdamW.", valueName: "x"))
    var adamBeta2 = 0.999

    @Option(help: ArgumentHelp("Epsilon of AdamW.", valueName: "x"))
    var adamEpsilon = 1e-8

    @Option(help: ArgumentHelp("Maximum norm of the gradients; 0 disables clipping.", valueName: "x"))
    var maxGradNorm = 1.0

    @Option(help: ArgumentHelp("Number of epochs; may be fractional.", valueName: "n"))
    var numTrainEpochs = 3.0

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Number of steps; overrides --num-train-epochs unless -1.", valueName: "n"))
    var maxSteps = -1

    @Option(
        help: ArgumentHelp(
            "Learning rate schedule: \(ScheduleKind.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "name"),
        transform: choice)
    var lrSchedulerType = ScheduleKind.linear

    @Option(help: ArgumentHelp("Share of warmup steps.", valueName: "x"))
    var warmupRatio = 0.0

    @Option(help: ArgumentHelp("Number of warmup steps; overrides --warmup-ratio.", valueName: "n"))
    var warmupSteps = 0

    @Option(help: ArgumentHelp("Label smoothing factor.", valueName: "x"))
    var labelSmoothingFactor = 0.0

    @Option(
        help: ArgumentHelp(
            "Reduction of token losses over accumulated batches: batch (mean of the means of batches) or tokens (mean over all tokens).",
            valueName: "name"),
        transform: choice)
    var lossReduction = TrainingArguments.LossReduction.batch

    @Option(help: ArgumentHelp("Seed of dropout, initialization and data order.", valueName: "number"))
    var seed: UInt64 = 42

    @Option(help: ArgumentHelp("Seed of the data order (default: --seed).", valueName: "number"))
    var dataSeed: UInt64?

    @Option(
        help: ArgumentHelp(
            "File with the order of the examples in each epoch: one index per line, counted from 0.", valueName: "file"),
        completion: .file())
    var dataOrder: String?

    @Option(
        help: ArgumentHelp(
            "How examples are grouped into batches: batch_sampler (consecutive) or no_duplicates (no text twice in a batch, for in-batch negatives).",
            valueName: "name"),
        transform: choice)
    var batchSampler = BatchSampler.batchSampler

    @Flag(
        help: "Accepted for compatibility with transformers scripts; has no effect, because sequences are not padded.")
    var groupByLength = false

    @Flag(help: "Recompute activations in the backward pass instead of storing them.")
    var gradientCheckpointing = false

    @Option(help: ArgumentHelp("Dropout probability of all layers, instead of those in config.json.", valueName: "x"))
    var dropout: Double?

    @Option(
        help: ArgumentHelp(
            "Freeze parameters whose names contain a match of this regular expression.",
            valueName: "regex"))
    var freeze: String?

    @Option(
        help: ArgumentHelp(
            "Precision of frozen linear layers; may be int8 (default: --precision).",
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
        arguments.batchSampler = batchSampler
        arguments.dropout = dropout
        arguments.freeze = freeze
        arguments.frozenPrecision = frozenPrecision
    }
}
