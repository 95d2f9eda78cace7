import BertCore

/// When a sequence leaves the network before its last layer.
public enum ExitPolicy: Sendable, Hashable {
    /// Never: every layer runs, and the model's own head answers.
    case never
    /// As soon as the entropy (nats) of an off-ramp's probabilities is below its threshold: one for all layers, or one
    /// each. No entropy is below 0, so that a layer with a negative threshold is passed. DeeBERT (Xin et al. 2020).
    case entropy([Float])
    /// As soon as the answer stayed the same over this many layers: the class, or for regression the value to within a
    /// threshold. 0 never leaves. PABEE (Zhou et al. 2020).
    case patience(Int, regressionThreshold: Float = 0)
    /// As soon as the entropy was below the threshold this many layers running. PCEE-BERT (Zhang et al. 2022).
    case entropyPatience(Float, layers: Int)
    /// As soon as the greatest probability is above this.
    case confidence(Float)
    /// After this layer, counted from 1.
    case fixedLayer(Int)
    /// As soon as a learned score is above its threshold.
    case score(ExitScore)

    /// The same entropy threshold for all layers.
    public static func entropy(_ threshold: Float) -> ExitPolicy { .entropy([threshold]) }

    /// Checks the policy's numbers against a model.
    ///
    /// - Throws: ``BertError`` with code `invalidArgument` for a threshold that is no number, a list of another length
    ///   than the layers, a negative patience, a layer that is not there.
    public func check(layers: Int) throws {
        func fail(_ message: String) throws -> Never { throw BertError(.invalidArgument, message) }
        switch self {
        case .never: return
        case .entropy(let thresholds):
            guard thresholds.count == 1 || thresholds.count == layers else {
                try fail("\(thresholds.count) entropy thresholds for \(layers) layers; give one, or one for each layer")
            }
            if let bad = thresholds.first(where: { !$0.isFinite }) { try fail("an entropy threshold can't be \(bad)") }
        case .patience(let patience, let threshold):
            guard patience >= 0 else { try fail("a patience of \(patience) is impossible; 0 runs every layer") }
            guard threshold.isFinite, threshold >= 0 else { try fail("a regression threshold can't be \(threshold)") }
        case .entropyPatience(let threshold, let count):
            guard threshold.isFinite else { try fail("an entropy threshold can't be \(threshold)") }
            guard count >= 1 else { try fail("\(count) layers below the entropy threshold; at least 1 is needed") }
        case .confidence(let confidence):
            guard confidence.isFinite else { try fail("a confidence can't be \(confidence)") }
        case .fixedLayer(let layer):
            guard (1...layers).contains(layer) else { try fail("layer \(layer) is none of the layers 1 to \(layers)") }
        case .score(let score):
            guard score.threshold.isFinite else { try fail("the threshold of a score can't be \(score.threshold)") }
            guard score.layers.count == layers else {
                try fail(
                    "an exit score with \(score.layers.count) layers for \(layers) layers; each needs its own, or null")
            }
            for (index, layer) in score.layers.enumerated() {
                guard let layer else { continue }
                guard layer.weights.count == score.features.count else {
                    try fail(
                        "layer \(index + 1) of the exit score has \(layer.weights.count) weights for \(score.features.count) features"
                    )
                }
                guard layer.bias.isFinite, layer.weights.allSatisfy(\.isFinite) else {
                    try fail("layer \(index + 1) of the exit score has a weight that is no number")
                }
            }
        }
    }
}
