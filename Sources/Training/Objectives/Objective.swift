public import BertCore
public import BertModels

/// What a model is trained to make small: which loss, of which of its outputs.
public struct Objective: Sendable {
    /// How the off-ramps of a model that can be left early are trained.
    public enum ExitTraining: String, Sendable, CaseIterable {
        /// DeeBERT's first stage: the classifier at the end, and the trunk; off-ramps ("highways") stay as they are.
        case stage1
        /// DeeBERT's second stage: off-ramps alone, by the sum of their losses. The last is left out, as in the research
        /// code: what it says is what the classifier at the end says.
        case stage2
        /// Everything at once: the loss of the classifier at the end and those of stage 2.
        case joint
        /// Everything at once, later off-ramps weighing more: the loss of the classifier at the end + Σ i · lossᵢ / Σ i over
        /// all off-ramps.
        case weighted

        /// Whether a parameter of this name is trained.
        public func trains(_ parameter: String) -> Bool {
            switch self {
            case .stage1: !parameter.contains("highway")
            case .stage2: parameter.contains("highway")
            case .joint, .weighted: true
            }
        }
    }

    /// Learning from another model's logits as well: α · loss + (1 − α) · T² · KL(teacher ‖ student).
    public struct Distillation: Sendable, Hashable {
        /// The share of the labels.
        public var alpha: Double
        /// What logits are divided by first.
        public var temperature: Double

        /// Half labels, half teacher at temperature 2, unless said otherwise.
        public init(alpha: Double = 0.5, temperature: Double = 2) {
            self.alpha = alpha
            self.temperature = temperature
        }
    }

    /// How off-ramps are trained; nil for the model's own way: DeeBERT all together, PABEE by Σ i · lossᵢ / Σ i.
    public var exitTraining: ExitTraining?
    /// How much a teacher's logits count, if there are any.
    public var distillation: Distillation
    /// The share of a class that all classes have alike.
    public var labelSmoothing: Double
    /// The loss of vectors.
    public var embeddingLoss: EmbeddingLoss
    /// How tokens become the vector of a text.
    public var pooling: Pooling

    /// The loss that the model's class and configuration say.
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

/// What a batch should have given.
public enum TrainingTarget: Sendable {
    /// Of whole sequences.
    case sequences(SequenceLabels)
    /// The right one of each question's choices.
    case choices([Int32], count: Int)
    /// A class, or a word, for each of the input's tokens; −100 leaves one out.
    case tokens([Int32])
    /// Where answers begin and end.
    case spans(AnswerSpans)
    /// Words of tokens, and how the texts of each pair are related.
    case pretraining(words: [Int32], pairs: [Int32])
}

/// The loss of a batch, and where the backward pass begins.
public struct ObjectiveOutcome: Sendable {
    /// A tensor that the model gave, by Python's name for it.
    public struct Output: Sendable {
        /// `logits`, `start_logits`, `off_ramp_logits.0`, …
        public let name: String
        /// On the backend that recorded it.
        public let tensor: Tensor
        /// Where its rows lie in a padded batch, if they are tokens.
        public let layout: PaddedLayout?
    }

    /// The loss.
    public var loss: Double
    /// Outputs with the gradients of the loss.
    public var seeds: [(output: Tensor, gradient: Tensor)] = []
    /// What the model gave.
    public var outputs: [Output] = []

    /// An outcome to which losses are added.
    public init(loss: Double = 0) { self.loss = loss }

    mutating func add(_ loss: LossGradient, of output: Tensor, on backend: any ComputeBackend) throws {
        self.loss += loss.value
        seeds.append((output, try backend.constant(loss.gradient.map(Float.init), shape: output.shape)))
    }

    mutating func add(_ name: String, _ tensor: Tensor, _ layout: PaddedLayout? = nil) {
        outputs.append(Output(name: name, tensor: tensor, layout: layout))
    }
}
