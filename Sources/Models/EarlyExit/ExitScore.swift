#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A learned exit score: after each layer, the probability that the off-ramp's prediction agrees with the full model's.
///
/// The probability is a logistic regression on the outputs of the off-ramps so far. A sequence exits once it is above a
/// threshold.
///
/// `early_exit_score` in `config.json`: `{"threshold": 0.97, "features": ["margin", …], "layers": [{"bias": …,
/// "weights": [… one per feature]}, …, null]}`.
public struct ExitScore: Sendable, Hashable {
    /// The features of a score.
    ///
    /// The class is that of the greatest logit. Its margin is the difference between its logit and the greatest of the
    /// others. Features of the previous layer are 0 after the first layer.
    public enum Feature: String, Sendable, Hashable, CaseIterable {
        /// The margin of the class.
        case margin
        /// The entropy of the probabilities, in nats.
        case entropy
        /// The logarithm of the number of tokens in the sequence, including special tokens.
        case logTokens = "log_tokens"
        /// The margin of the current class among the previous layer's logits; negative if the class has changed.
        case previousMargin = "previous_margin"
        /// The product of ``margin`` and ``previousMargin``.
        case marginProduct = "margin_product"
        /// 1 if the previous layer predicted the same class, otherwise 0.
        case sameClass = "same_class"
    }

    /// The logistic regression after one layer: σ(bias + weights · features).
    public struct Layer: Sendable, Hashable {
        /// The bias.
        public var bias: Double
        /// The weights, one per feature.
        public var weights: [Double]

        /// Creates a logistic regression.
        public init(bias: Double, weights: [Double]) {
            self.bias = bias
            self.weights = weights
        }

        /// Returns the probability, from 0 to 1.
        public func probability(_ features: [Double]) -> Double {
            let sum = zip(weights, features).reduce(bias) { $0 + $1.0 * $1.1 }
            return 1 / (1 + exp(-sum))
        }
    }

    /// The threshold above which a sequence exits.
    public var threshold: Double
    /// The features of the regressions.
    public var features: [Feature]
    /// The regression of each layer; nil for layers without an exit.
    public var layers: [Layer?]

    /// Creates a score.
    public init(threshold: Double, features: [Feature] = Feature.allCases, layers: [Layer?]) {
        self.threshold = threshold
        self.features = features
        self.layers = layers
    }
}

extension ExitScore.Feature {
    /// Returns the values of features after a layer.
    ///
    /// - Parameters:
    ///   - logits: The logits of the off-ramp, at least two.
    ///   - previous: The logits of the previous layer; nil after the first.
    ///   - tokens: The number of tokens in the sequence.
    package static func values(
        _ features: [Self], logits: [Float], previous: [Float]?, tokens: Int
    ) -> [Double] {
        let best = argmax(logits)
        let margin = margin(of: best, in: logits)
        let before = previous.map { Self.margin(of: best, in: $0) } ?? 0
        return features.map { feature in
            switch feature {
            case .margin: margin
            case .entropy: Double(BertModels.entropy(logits))
            case .logTokens: log(Double(max(tokens, 1)))
            case .previousMargin: before
            case .marginProduct: margin * before
            case .sameClass: previous.map { argmax($0) == best ? 1 : 0 } ?? 0
            }
        }
    }

    private static func margin(of label: Int, in logits: [Float]) -> Double {
        var other = -Float.infinity
        for index in logits.indices where index != label { other = max(other, logits[index]) }
        return Double(logits[label]) - Double(other)
    }
}
