public import BertCore
import BertJSON

/// Which elements a model leaves out in a step of training: told to it by whoever trains, never stored, and the same whenever it
/// is asked for again, on every backend.
public struct StepDropout: Sendable, Hashable {
    /// The seed of the run.
    public var seed: UInt64
    /// The number of the step.
    public var step: UInt32
    /// Tells the passes of one step apart, below 256: those of the texts of a pair, or of a batch's parts.
    public var pass: UInt32

    /// The elements of a pass.
    public init(seed: UInt64, step: UInt32, pass: UInt32 = 0) {
        self.seed = seed
        self.step = step
        self.pass = pass
    }
}

/// The shares of elements that a family's models leave out in training.
public struct DropoutRates: Sendable, Hashable {
    /// Of the embeddings.
    public var embeddings: Double
    /// Of what each attention and feed-forward block gives, before it is added to the residual.
    public var hidden: Double
    /// Of attention probabilities.
    public var attention: Double
    /// Of what a classifier reads.
    public var classifier: Double

    /// Shares, each from 0 up to, but without, 1.
    public init(embeddings: Double, hidden: Double, attention: Double, classifier: Double) {
        self.embeddings = embeddings
        self.hidden = hidden
        self.attention = attention
        self.classifier = classifier
    }

    /// BERT's: `hidden_dropout_prob`, `attention_probs_dropout_prob` and `classifier_dropout`.
    public init(_ config: BertConfig) {
        self.init(
            embeddings: config.hiddenDropoutProb, hidden: config.hiddenDropoutProb,
            attention: config.attentionProbsDropoutProb,
            classifier: config.classifierDropout ?? config.hiddenDropoutProb)
    }
}

/// Dropout at the places of one part of a model: its embeddings, a layer, or a head.
public struct PartDropout: Sendable {
    /// The shares.
    public let rates: DropoutRates
    private let step: StepDropout
    /// The number of the part's first place.
    private var first: UInt32

    /// How many places a part has.
    private static let places: UInt32 = 16

    /// A part by its number: 0 are the embeddings, then come the layers, then heads.
    init(_ step: StepDropout, _ rates: DropoutRates, part: Int) {
        self.step = step
        self.rates = rates
        first = UInt32(part) * Self.places
    }

    /// The same step in another part.
    func part(_ number: Int) -> PartDropout { PartDropout(step, rates, part: number) }

    /// The part of a layer that is itself one of several in a layer.
    func inner(_ number: Int) -> PartDropout {
        var part = self
        part.first += UInt32(number) << 16
        return part
    }

    /// What to leave out at a place of the part; nil for nothing.
    ///
    /// - Parameters:
    ///   - rate: the share.
    ///   - place: the number of the place, below 16; no two calls in a part have the same.
    public func at(_ place: Int, rate: Double) -> Dropout? {
        guard rate > 0 else { return nil }
        return Dropout(
            rate: Float(rate), seed: step.seed, step: step.step,
            site: (step.pass & 0xFF) << 24 | (first + UInt32(place)))
    }

    /// `x` without what is left out at a place.
    public func callAsFunction(
        _ x: Tensor, at place: Int, rate: Double, on backend: any ComputeBackend
    ) throws -> Tensor {
        try at(place, rate: rate).map { try backend.dropout(x, $0) } ?? x
    }
}

extension BertConfig {
    /// The first of these keys that `config.json` has, as a share; 0 without any.
    func share(_ keys: String...) -> Double { keys.lazy.compactMap { raw[$0]?.doubleValue }.first ?? 0 }
}

extension ModelFamily {
    /// The shares of elements that a model of this configuration leaves out in training.
    public func dropoutRates(_ config: BertConfig) -> DropoutRates { rates(config) }
}
