/// A kind of exit policy, whose settings calibration finds.
public enum ExitFamily: String, Sendable, Hashable, CaseIterable {
    /// One entropy threshold for all layers but the last (DeeBERT). For two labels the same as ``confidence``.
    case entropy
    /// One threshold of the greatest probability for all layers; only for models of more than two labels.
    case confidence
    /// An entropy threshold for each layer, found together.
    case entropyPerLayer = "entropy-per-layer"
    /// So many layers with the same answer (PABEE).
    case patience
    /// So many layers below an entropy threshold (PCEE-BERT).
    case entropyPatience = "entropy-patience"
    /// A learned score: the probability that the off-ramp's answer is the whole model's.
    case score
    /// The same layer for all texts.
    case fixedLayer = "fixed-layer"

    /// The families that say something else than the others for a model of so many labels.
    public static func families(labels: Int) -> [ExitFamily] { allCases.filter { labels > 2 || $0 != .confidence } }
}
