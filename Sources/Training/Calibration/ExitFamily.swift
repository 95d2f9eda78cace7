/// A kind of exit policy whose settings are found by calibration.
public enum ExitFamily: String, Sendable, Hashable, CaseIterable {
    /// An entropy threshold for all layers except the last (DeeBERT). With two labels, it is equivalent to
    /// ``confidence``.
    case entropy
    /// A threshold of the highest probability for all layers. Only for models with more than two labels.
    case confidence
    /// An entropy threshold for each layer. The thresholds are optimized jointly.
    case entropyPerLayer = "entropy-per-layer"
    /// A number of consecutive layers with the same answer (PABEE).
    case patience
    /// A number of consecutive layers below an entropy threshold (PCEE-BERT).
    case entropyPatience = "entropy-patience"
    /// A learned score: the probability that the off-ramp's answer is the whole model's.
    case score
    /// The same layer for all texts.
    case fixedLayer = "fixed-layer"

    /// Returns the families that aren't equivalent to each other for a model with this number of labels.
    public static func families(labels: Int) -> [ExitFamily] { allCases.filter { labels > 2 || $0 != .confidence } }
}
