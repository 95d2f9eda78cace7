public import BertCore

/// Training arguments with the names and defaults of `transformers.TrainingArguments`.
public struct TrainingArguments: Sendable {
    /// The schedule of an action.
    public enum Strategy: String, Sendable, CaseIterable {
        /// Never.
        case no
        /// After a number of steps.
        case steps
        /// At the end of each epoch.
        case epoch
    }

    /// The training of the off-ramps of an early-exit model.
    public enum ExitTraining: String, Sendable, CaseIterable {
        /// Joint training: the final loss + Σ i · lossᵢ / Σ i over the off-ramps i = 1 … n.
        case joint
        /// BERxiT: the final loss in even steps, and additionally the losses of all off-ramps except the last in odd
        /// steps.
        case alternating
        /// DeeBERT's first stage: the final classifier and the encoder.
        case stage1
        /// DeeBERT's second stage: the off-ramps with a frozen encoder.
        case stage2
        /// DeeBERT's first stage followed by the second, each with all epochs.
        case twoStage = "two-stage"
    }

    /// The reduction of the losses of a step's micro-batches, for token-level tasks.
    public enum LossReduction: String, Sendable, CaseIterable {
        /// The mean of the micro-batches' means.
        case batch
        /// The mean over all tokens of the step.
        case tokens
    }

    /// The number of sequences in a batch.
    public var perDeviceTrainBatchSize = 8
    /// The number of sequences in an evaluation batch. It doesn't affect the results.
    public var perDeviceEvalBatchSize = 8
    /// The number of batches whose gradients are accumulated in a step.
    public var gradientAccumulationSteps = 1
    /// The maximum learning rate.
    public var learningRate = 5e-5
    /// AdamW's weight decay, which doesn't apply to biases and normalization layers.
    public var weightDecay = 0.0
    /// AdamW's β₁.
    public var adamBeta1 = 0.9
    /// AdamW's β₂.
    public var adamBeta2 = 0.999
    /// AdamW's ε.
    public var adamEpsilon = 1e-8
    /// The maximum norm of all gradients, or 0 for no limit.
    public var maxGradNorm = 1.0
    /// The number of epochs.
    public var numTrainEpochs = 3.0
    /// The number of steps, which overrides the number of epochs, or −1.
    public var maxSteps = -1
    /// The shape of the learning rate schedule.
    public var lrSchedulerType = ScheduleKind.linear
    /// The share of the steps that are warmup steps.
    public var warmupRatio = 0.0
    /// The number of warmup steps. It overrides ``warmupRatio`` unless it is 0.
    public var warmupSteps = 0
    /// When to log the loss.
    public var loggingStrategy = Strategy.steps
    /// The number of steps between log entries.
    public var loggingSteps = 500
    /// Whether to log the first step, too.
    public var loggingFirstStep = false
    /// When to evaluate the model.
    public var evalStrategy = Strategy.no
    /// The number of steps between evaluations. The default is ``loggingSteps``.
    public var evalSteps: Int?
    /// When to save checkpoints.
    public var saveStrategy = Strategy.steps
    /// The number of steps between checkpoints.
    public var saveSteps = 500
    /// The maximum number of checkpoints to keep in addition to the best, or nil for all.
    public var saveTotalLimit: Int?
    /// Whether to load the best checkpoint at the end.
    public var loadBestModelAtEnd = false
    /// The metric for the best checkpoint. The default is `loss` if the best checkpoint is requested.
    public var metricForBestModel: String?
    /// Whether higher values of the metric are better. By default, they are if its name doesn't end in `loss`.
    public var greaterIsBetter: Bool?
    /// The number of evaluations without an improvement after which training stops, or nil for no early stopping.
    public var earlyStoppingPatience: Int?
    /// The minimum improvement of an evaluation.
    public var earlyStoppingThreshold = 0.0
    /// The seed of dropout, new weights and, unless ``dataSeed`` is set, the order of examples.
    public var seed: UInt64 = 42
    /// The seed of the order of examples.
    public var dataSeed: UInt64?
    /// The order of examples in each epoch, or nil for a different random order in each epoch.
    public var dataOrder: [Int]?
    /// Whether to recompute activations in the backward pass instead of storing them.
    public var gradientCheckpointing = false
    /// The label smoothing factor.
    public var labelSmoothingFactor = 0.0
    /// The reduction of micro-batch losses.
    public var lossReduction = LossReduction.batch
    /// A regular expression that selects frozen parameters if it matches a part of their names.
    public var freeze: String?
    /// The precision of frozen linear layers. The default is the precision of the other layers.
    public var frozenPrecision: Precision?
    /// The training of off-ramps.
    public var exitTraining = ExitTraining.joint
    /// The weight of the labels' loss in distillation.
    public var distillationAlpha = 0.5
    /// The temperature of distillation.
    public var distillationTemperature = 2.0
    /// The name of the loss for embeddings. The default depends on the columns of the data.
    public var embeddingLoss: String?
    /// The mini-batch size of gradient caching, in rows; by default 32 for `cached-multiple-negatives-ranking`, and no
    /// caching for other losses.
    public var miniBatchSize: Int?
    /// How examples are grouped into batches.
    public var batchSampler = BatchSampler.batchSampler
    /// The share of words that are masked in masked language modeling.
    public var mlmProbability = 0.15
    /// The dropout probability of all layers, which replaces those in `config.json`.
    public var dropout: Double?

    /// Creates default arguments.
    public init() {}
}
