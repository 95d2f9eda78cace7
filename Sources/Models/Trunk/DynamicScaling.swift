/// Dynamic NTK-aware scaling of rotary position embeddings, as in NomicBERT's code on the hub
/// (`NomicBertDynamicNTKRotaryEmbedding`).
///
/// A sequence of more positions than the model was trained on is rotated with a greater base:
/// theta · (factor · length / trainedPositions − (factor − 1))^(d / (d − 2)) for a head size d. The length is that of
/// the sequence without padding, so that results don't depend on the other sequences of a batch.
public struct DynamicScaling: Sendable, Hashable {
    /// The base for sequences of at most ``trainedPositions``.
    public var theta: Double
    /// The size of attention heads; greater than 2.
    public var headSize: Int
    /// The scaling factor.
    public var factor: Double
    /// The number of positions that the model was trained on.
    public var trainedPositions: Int

    /// Creates a scaling.
    public init(theta: Double, headSize: Int, factor: Double, trainedPositions: Int) {
        self.theta = theta
        self.headSize = headSize
        self.factor = factor
        self.trainedPositions = trainedPositions
    }

    /// Returns the frequencies for a sequence of more than ``trainedPositions``.
    func frequencies(ofLength length: Int) -> [Double] {
        let growth = factor * Double(length) / Double(trainedPositions) - (factor - 1)
        let base = theta * power(growth, Double(headSize) / Double(headSize - 2))
        return RotaryDesign(theta: base, headSize: headSize, positions: 0).frequencies
    }
}
