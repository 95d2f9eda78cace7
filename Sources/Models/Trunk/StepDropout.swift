public import BertCore
import BertJSON

/// The dropout of a model in one training step.
///
/// The dropped elements are a function of these values, so they are never stored, and are the same on every backend.
public struct StepDropout: Sendable, Hashable {
    /// The seed of the run.
    public var seed: UInt64
    /// The index of the step.
    public var step: UInt32
    /// The index of the forward pass within the step: for the texts of a pair, or the parts of a batch.
    public var pass: UInt32

    /// Creates the dropout of one forward pass.
    public init(seed: UInt64, step: UInt32, pass: UInt32 = 0) {
        self.seed = seed
        self.step = step
        self.pass = pass
    }
}

/// The dropout rates of a model family.
public struct DropoutRates: Sendable, Hashable {
    /// The rate of the embeddings.
    public var embeddings: Double
    /// The rate of the outputs of attention and feed-forward blocks, before the residual connection.
    public var hidden: Double
    /// The rate of the output of attention blocks; by default `hidden`.
    public var attentionOutput: Double
    /// The rate of the activations between the two linear layers of a feed-forward block; by default 0.
    public var intermediate: Double
    /// The rate of the output of feed-forward blocks; by default `hidden`.
    public var feedForwardOutput: Double
    /// The rate of tables of relative positions; by default 0.
    public var relativePositions: Double
    /// The rate of attention probabilities.
    public var attention: Double
    /// The rate of the input of classifiers.
    public var classifier: Double

    /// Creates rates, each in 0..<1.
    public init(
        embeddings: Double, hidden: Double, attention: Double, classifier: Double, attentionOutput: Double? = nil,
        intermediate: Double = 0, feedForwardOutput: Double? = nil, relativePositions: Double = 0
    ) {
        self.embeddings = embeddings
        self.hidden = hidden
        self.attentionOutput = attentionOutput ?? hidden
        self.intermediate = intermediate
        self.feedForwardOutput = feedForwardOutput ?? hidden
        self.relativePositions = relativePositions
        self.attention = attention
        self.classifier = classifier
    }

    /// Creates the rates of BERT: `hidden_dropout_prob`, `attention_probs_dropout_prob` and `classifier_dropout`.
    public init(_ config: BertConfig) {
        self.init(
            embeddings: config.hiddenDropoutProb, hidden: config.hiddenDropoutProb,
            attention: config.attentionProbsDropoutProb,
            classifier: config.classifierDropout ?? config.hiddenDropoutProb)
    }
}

/// The dropout within one part of a model: the embeddings, a layer or a head.
public struct PartDropout: Sendable {
    /// The dropout rates.
    public let rates: DropoutRates
    private let step: StepDropout
    /// The index of the first dropout site in this part.
    private var first: UInt32

    /// The maximum number of dropout sites in a part.
    private static let places: UInt32 = 16

    /// Creates the dropout of a part. Part 0 is the embeddings, followed by the layers and the heads.
    init(_ step: StepDropout, _ rates: DropoutRates, part: Int) {
        self.step = step
        self.rates = rates
        first = UInt32(part) * Self.places
    }

    /// Returns the dropout of another part in the same step.
    func part(_ number: Int) -> PartDropout { PartDropout(step, rates, part: number) }

    /// Returns the dropout of a layer that is one of several inside of a layer.
    func inner(_ number: Int) -> PartDropout {
        var part = self
        part.first += UInt32(number) << 16
        return part
    }

    /// Returns the dropout at a site; nil for a rate of 0.
    ///
    /// - Parameters:
    ///   - rate: The dropout rate.
    ///   - place: The index of the site, below 16, which must be unique within the part.
    public func at(_ place: Int, rate: Double) -> Dropout? {
        guard rate > 0 else { return nil }
        // The site has 8 bits for the pass; the rest goes into the seed.
        return Dropout(
            rate: Float(rate), seed: step.seed ^ UInt64(step.pass >> 8) << 40, step: step.step,
            site: (step.pass & 0xFF) << 24 | (first + UInt32(place)))
    }

    /// Applies the dropout of a site to `x`.
    public func callAsFunction(
        _ x: Tensor, at place: Int, rate: Double, on backend: any ComputeBackend
    ) throws -> Tensor {
        try at(place, rate: rate).map { try backend.dropout(x, $0) } ?? x
    }
}

extension BertConfig {
    /// Returns the value of the first of these keys that is in `config.json`.
    func share(_ keys: String..., default standard: Double = 0) -> Double {
        keys.lazy.compactMap { raw[$0]?.doubleValue }.first ?? standard
    }

    /// Sets all dropout rates that the family has.
    ///
    /// - Throws: `BertError` with code `invalidConfiguration` for a rate outside of 0..<1.
    package mutating func setDropout(_ rate: Double) throws {
        hiddenDropoutProb = rate
        attentionProbsDropoutProb = rate
        if classifierDropout != nil { classifierDropout = rate }
        var members = JSONObject()
        for key in family.dropoutKeys {
            raw[key] = .double(rate)
            members[key] = .double(rate)
        }
        try own?.read(JSONNode(.object(members), source: "dropout"))
    }
}

extension ModelFamily {
    /// Returns the dropout rates for a configuration.
    public func dropoutRates(_ config: BertConfig) -> DropoutRates { rates(config) }
}
