public import BertCore
public import BertModels

/// A training objective: the loss to minimize, and the outputs that it is computed from.
public struct Objective: Sendable {
    /// The training of the off-ramps of an early-exit model.
    public enum ExitTraining: String, Sendable, CaseIterable {
        /// DeeBERT's first stage: trains the final classifier and the encoder. Off-ramps ("highways") are frozen.
        case stage1
        /// DeeBERT's second stage: trains only off-ramps, with the sum of their losses. The last off-ramp is excluded,
        /// as in the research code, because it corresponds to the final classifier.
        case stage2
        /// Joint training with the loss of the final classifier and those of stage 2.
        case joint
        /// Joint training with higher weights for later off-ramps: the loss of the final classifier + Σ i · lossᵢ / Σ i
        /// over all off-ramps.
        case weighted

        /// Returns whether a parameter is trained.
        public func trains(_ parameter: String) -> Bool {
            switch self {
            case .stage1: !parameter.contains("highway")
            case .stage2: parameter.contains("highway")
            case .joint, .weighted: true
            }
        }
    }

    /// Distillation from a teacher's logits: α · loss + (1 − α) · T² · KL(teacher ‖ student).
    public struct Distillation: Sendable, Hashable {
        /// The weight of the labels' loss.
        public var alpha: Double
        /// The temperature, by which logits are divided.
        public var temperature: Double

        /// Creates options, with a weight of one half and a temperature of 2 by default.
        public init(alpha: Double = 0.5, temperature: Double = 2) {
            self.alpha = alpha
            self.temperature = temperature
        }
    }

    /// The training of off-ramps. If it is nil, DeeBERT uses joint training, and PABEE uses Σ i · lossᵢ / Σ i.
    public var exitTraining: ExitTraining?
    /// The options for distillation, if there is a teacher.
    public var distillation: Distillation
    /// The label smoothing factor.
    public var labelSmoothing: Double
    /// The loss of embeddings.
    public var embeddingLoss: EmbeddingLoss
    /// The pooling of token vectors into an embedding.
    public var pooling: Pooling

    /// Creates an objective with the default loss for the model's class and configuration.
    public init(
        exitTraining: ExitTraining? = nil, distillation: Distillation = Distillation(), labelSmoothing: Double = 0,
        embeddingLoss: EmbeddingLoss = .multipleNegativesRanking(), pooling: Pooling = .mean
    ) {
        self.exitTraining = exitTraining
        self.distillation = distillation
        self.labelSmoothing = labelSmoothing
        self.embeddingLoss = embeddingLoss
        self.pooling = pooling
    }
}

/// The expected output for a batch.
public enum TrainingTarget: Sendable {
    /// Labels of whole sequences.
    case sequences(SequenceLabels)
    /// The index of the correct choice of each question.
    case choices([Int32], count: Int)
    /// A class or a vocabulary token for each of the input's tokens. −100 means that the token is ignored.
    case tokens([Int32])
    /// The start and end of each answer.
    case spans(AnswerSpans)
    /// The labels of masked tokens, and of the relation between the texts of each pair.
    case pretraining(words: [Int32], pairs: [Int32])
}

/// The loss of a batch, and the gradients that the backward pass starts from.
public struct ObjectiveOutcome: Sendable {
    /// An output tensor of the model, with Python's name.
    public struct Output: Sendable {
        /// The name, such as `logits`, `start_logits` or `off_ramp_logits.0`.
        public let name: String
        /// The tensor on the recording backend.
        public let tensor: Tensor
        /// The positions of the rows in a padded batch, if they are tokens.
        public let layout: PaddedLayout?
    }

    /// The loss.
    public var loss: Double
    /// Outputs with the gradients of the loss.
    public var seeds: [(output: Tensor, gradient: Tensor)] = []
    /// The outputs of the model.
    public var outputs: [Output] = []

    /// Creates an outcome to add losses to.
    public init(loss: Double = 0) { self.loss = loss }

    mutating func add(_ loss: LossGradient, of output: Tensor, on backend: any ComputeBackend) throws {
        self.loss += loss.value
        seeds.append((output, try backend.constant(loss.gradient.map(Float.init), shape: output.shape)))
    }

    /// Adds the mean over rows of −log softmax(row)[label], computed on the backend. As in PyTorch, it is NaN if all
    /// labels are ignored.
    ///
    /// - Throws: ``BertCore/BertError`` with code `invalidInput` for another number of labels, or a label that isn't a
    ///   class; errors of the backend.
    mutating func addCrossEntropy(
        of logits: Tensor, classes: Int, labels: [Int32], smoothing: Double = 0, on backend: any ComputeBackend
    ) throws {
        try LossGradient.checkClasses(labels, classes: classes, logits: logits.shape.elementCount, name: "labels")
        let count = labels.count { $0 != LossGradient.ignored }
        let result = try backend.crossEntropy(
            logits.reshaped(to: [labels.count, classes]), labels: backend.indices(labels),
            CrossEntropyOptions(
                ignoredLabel: LossGradient.ignored, smoothing: Float(smoothing),
                scale: count > 0 ? 1 / Float(count) : 0))
        loss += try backend.floats(result.losses).reduce(0) { $0 + Double($1) } / Double(count)
        seeds.append((logits, try result.gradient.reshaped(to: logits.shape)))
    }

    mutating func add(_ name: String, _ tensor: Tensor, _ layout: PaddedLayout? = nil) {
        outputs.append(Output(name: name, tensor: tensor, layout: layout))
    }
}
