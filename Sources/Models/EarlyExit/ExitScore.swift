#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A learned exit score: after each layer the probability that the off-ramp's answer is that of the whole model, by a
/// logistic regression on what the off-ramps said so far. A sequence leaves once it is above a threshold.
///
/// `early_exit_score` of `config.json`:
/// `{"threshold": 0.97, "features": ["margin", …], "layers": [{"bias": …, "weights": [… one a feature]}, …, null]}`.
public struct ExitScore: Sendable, Hashable {
    /// What a score is made of. The class is that of the greatest logit; its margin is its logit's distance from the
    /// greatest of the others. After the first layer there is nothing previous, and such features are 0.
    public enum Feature: String, Sendable, Hashable, CaseIterable {
        /// The margin of the class.
        case margin
        /// The entropy of the probabilities, in nats.
        case entropy
        /// The logarithm of the number of tokens of the sequence, special ones included.
        case logTokens = "log_tokens"
        /// The margin of the present class among the previous layer's logits; below 0 if that was another class.
        case previousMargin = "previous_margin"
        /// The product of ``margin`` and ``previousMargin``.
        case marginProduct = "margin_product"
        /// 1 if the previous layer had the same class, else 0.
        case sameClass = "same_class"
    }

    /// The logistic regression after one layer: σ(bias + weights · features).
    public struct Layer: Sendable, Hashable {
        /// The bias.
        public var bias: Double
        /// One for each feature.
        public var weights: [Double]

        /// A regression.
        public init(bias: Double, weights: [Double]) {
            self.bias = bias
            self.weights = weights
        }

        /// The probability, from 0 to 1.
        public func probability(_ features: [Double]) -> Double {
            let sum = zip(weights, features).reduce(bias) { $0 + $1.0 * $1.1 }
            return 1 / (1 + exp(-sum))
        }
    }

    /// A sequence leaves above this.
    public var threshold: Double
    /// What the regressions read.
    public var features: [Feature]
    /// One for each layer of the model; nil where no sequence leaves.
    public var layers: [Layer?]

    /// A score.
    public init(threshold: Double, features: [Feature] = Feature.allCases, layers: [Layer?]) {
        self.threshold = threshold
        self.features = features
        self.layers = layers
    }
}

extension ExitScore.Feature {
    /// The values of features after a layer.
    ///
    /// - Parameters:
    ///   - logits: the off-ramp's, at least two.
    ///   - previous: those of the layer before; nil after the first.
    ///   - tokens: how many the sequence has.
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
