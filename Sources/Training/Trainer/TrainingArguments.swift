public import BertCore

/// How a model is trained: `transformers.TrainingArguments`, with its names and defaults.
public struct TrainingArguments: Sendable {
    /// When something is done.
    public enum Strategy: String, Sendable, CaseIterable {
        /// Never.
        case no
        /// Every so many steps.
        case steps
        /// At the end of each epoch.
        case epoch
    }

    /// How the off-ramps of a model that may be left early are trained.
    public enum ExitTraining: String, Sendable, CaseIterable {
        /// Everything at once: the loss at the end + Σ i · lossᵢ / Σ i over the off-ramps i = 1 … n.
        case joint
        /// BERxiT: in even steps the loss at the end, in odd ones the losses of all but the last off-ramp too.
        case alternating
        /// DeeBERT's first stage: the classifier at the end and the trunk.
        case stage1
        /// DeeBERT's second stage: the off-ramps on a trunk that stays as it is.
        case stage2
        /// DeeBERT: the first stage and then the second, each with all epochs.
        case twoStage = "two-stage"
    }

    /// How the losses of micro-batches become that of a step, for tasks over tokens.
    public enum LossReduction: String, Sendable, CaseIterable {
        /// The mean of the means of the micro-batches.
        case batch
        /// The mean over all tokens of the step.
        case tokens
    }

    /// Sequences in a batch.
    public var perDeviceTrainBatchSize = 8
    /// Sequences in a batch of an evaluation; has no effect on its results.
    public var perDeviceEvalBatchSize = 8
    /// Batches whose gradients make one step.
    public var gradientAccumulationSteps = 1
    /// The greatest learning rate.
    public var learningRate = 5e-5
    /// AdamW's decay of weights, but not of biases and normalisations.
    public var weightDecay = 0.0
    /// AdamW's β₁.
    public var adamBeta1 = 0.9
    /// AdamW's β₂.
    public var adamBeta2 = 0.999
    /// AdamW's ε.
    public var adamEpsilon = 1e-8
    /// The greatest norm of all gradients together; 0 lets any pass.
    public var maxGradNorm = 1.0
    /// How often all examples are taken.
    public var numTrainEpochs = 3.0
    /// How many steps there are, whatever the epochs; −1 leaves it to them.
    public var maxSteps = -1
    /// The shape of the schedule.
    public var lrSchedulerType = ScheduleKind.linear
    /// The share of the steps in which the rate rises.
    public var warmupRatio = 0.0
    /// The steps in which the rate rises; wins over ``warmupRatio`` if it is not 0.
    public var warmupSteps = 0
    /// When the loss is logged.
    public var loggingStrategy = Strategy.steps
    /// Steps between two logs.
    public var loggingSteps = 500
    /// Whether the first step is logged too.
    public var loggingFirstStep = false
    /// When the model is evaluated.
    public var evalStrategy = Strategy.no
    /// Steps between two evaluations; ``loggingSteps`` if nil.
    public var evalSteps: Int?
    /// When a checkpoint is saved.
    public var saveStrategy = Strategy.steps
    /// Steps between two checkpoints.
    public var saveSteps = 500
    /// How many checkpoints are kept, beside the best; all if nil.
    public var saveTotalLimit: Int?
    /// Whether the best checkpoint is what is left at the end.
    public var loadBestModelAtEnd = false
    /// What makes a checkpoint better; `loss` if nil and one is asked for.
    public var metricForBestModel: String?
    /// Whether more of it is better; unless said, if its name doesn't end in `loss`.
    public var greaterIsBetter: Bool?
    /// After how many evaluations that are no better training stops; nil: it doesn't.
    public var earlyStoppingPatience: Int?
    /// How much better an evaluation has to be to count.
    public var earlyStoppingThreshold = 0.0
    /// Determines dropout, new weights and, unless ``dataSeed`` says otherwise, the order.
    public var seed: UInt64 = 42
    /// Determines the order of examples.
    public var dataSeed: UInt64?
    /// The order of examples, the same in each epoch; nil: another one in each.
    public var dataOrder: [Int]?
    /// Whether activations are computed again instead of kept.
    public var gradientCheckpointing = false
    /// The share of a class that all have alike.
    public var labelSmoothingFactor = 0.0
    /// How losses of micro-batches are put together.
    public var lossReduction = LossReduction.batch
    /// The parameters that stay as they are: a regular expression that matches a part of their names.
    public var freeze: String?
    /// The precision of linear layers that stay as they are; that of the others if nil.
    public var frozenPrecision: Precision?
    /// How off-ramps are trained.
    public var exitTraining = ExitTraining.joint
    /// The weight of labels beside a teacher's logits.
    public var distillationAlpha = 0.5
    /// What logits are divided by before they are compared with a teacher's.
    public var distillationTemperature = 2.0
    /// The loss of vectors; by the data if nil.
    public var embeddingLoss: String?
    /// The share of words that are hidden.
    public var mlmProbability = 0.15
    /// The dropout of everything, instead of what `config.json` says.
    public var dropout: Double?

    /// The defaults.
    public init() {}
}
