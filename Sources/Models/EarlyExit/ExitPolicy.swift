import BertCore

/// The condition for a sequence to exit the network before its last layer.
public enum ExitPolicy: Sendable, Hashable {
    /// Run all layers and use the model's own head.
    case never
    /// Exit once the entropy (in nats) of an off-ramp's probabilities is below a threshold: one for all layers, or one
    /// per layer.
    ///
    /// Entropies are never negative, so a negative threshold disables a layer. DeeBERT (Xin et al. 2020).
    case entropy([Float])
    /// Exit once the prediction has stayed the same over this many layers: the class or, for regression, the value
    /// within a threshold. 0 never exits. PABEE (Zhou et al. 2020).
    case patience(Int, regressionThreshold: Float = 0)
    /// Exit once the entropy has been below the threshold for this many consecutive layers. PCEE-BERT (Zhang et al.
    /// 2022).
    case entropyPatience(Float, layers: Int)
    /// Exit once the greatest probability is above a threshold.
    case confidence(Float)
    /// Exit after this layer, starting at 1.
    case fixedLayer(Int)
    /// Exit once a learned score is above its threshold.
    case score(ExitScore)

    /// Returns a policy with the same entropy threshold for all layers.
    public static func entropy(_ threshold: Float) -> ExitPolicy { .entropy([threshold]) }

    /// Checks the policy's values against a model.
    ///
    /// - Throws: ``BertError`` with code `invalidArgument` for a threshold that isn't a number, a list whose length
    ///   differs from the number of layers, a negative patience, or a layer that doesn't exist.
    public func check(layers: Int) throws {
        func fail(
            _ message: String, _ key: String, _ value: BertError.Value, limit: Int? = nil
        ) throws -> Never {
            throw BertError(
                .invalidArgument, message, key: key, value: value, limit: limit.map { .int($0) })
        }
        func fail(_ message: String, _ key: String, _ value: some BinaryFloatingPoint) throws -> Never {
            try fail(message, key, .double(Double(value)))
        }
        switch self {
        case .never: return
        case .entropy(let thresholds):
            guard thresholds.count == 1 || thresholds.count == layers else {
                try fail(
                    "\(thresholds.count) entropy thresholds for \(layers) layers; expected one, or one per layer",
                    "entropy", .int(thresholds.count), limit: layers)
            }
            if let bad = thresholds.first(where: { !$0.isFinite }) {
                try fail("an entropy threshold can't be \(bad)", "entropy", bad)
            }
        case .patience(let patience, let threshold):
            guard patience >= 0 else {
                try fail(
                    "the patience can't be \(patience); use 0 to run all layers", "patience", .int(patience), limit: 0)
            }
            guard threshold.isFinite, threshold >= 0 else {
                try fail("a regression threshold can't be \(threshold)", "regressionThreshold", threshold)
            }
        case .entropyPatience(let threshold, let count):
            guard threshold.isFinite else {
                try fail("an entropy threshold can't be \(threshold)", "entropy", threshold)
            }
            guard count >= 1 else {
                try fail(
                    "\(count) layers below the entropy threshold; expected at least 1", "layers", .int(count), limit: 1)
            }
        case .confidence(let confidence):
            guard confidence.isFinite else { try fail("a confidence can't be \(confidence)", "confidence", confidence) }
        case .fixedLayer(let layer):
            guard (1...layers).contains(layer) else {
                try fail(
                    "the layer \(layer) is out of range; layers are 1 to \(layers)", "fixedLayer", .int(layer),
                    limit: layers)
            }
        case .score(let score):
            guard score.threshold.isFinite else {
                try fail("the threshold of a score can't be \(score.threshold)", "score.threshold", score.threshold)
            }
            guard score.layers.count == layers else {
                try fail(
                    "an exit score with \(score.layers.count) layers for \(layers) layers; expected one entry per layer, which may be null",
                    "score.layers", .int(score.layers.count), limit: layers)
            }
            for (index, layer) in score.layers.enumerated() {
                guard let layer else { continue }
                guard layer.weights.count == score.features.count else {
                    try fail(
                        "layer \(index + 1) of the exit score has \(layer.weights.count) weights for \(score.features.count) features",
                        "score.layers[\(index)]", .int(layer.weights.count), limit: score.features.count)
                }
                guard layer.bias.isFinite, layer.weights.allSatisfy(\.isFinite) else {
                    try fail(
                        "layer \(index + 1) of the exit score has a weight that is not a number",
                        "score.layers[\(index)]", .string("nan"))
                }
            }
        }
    }
}
