public import BertCore

/// What a sequence classifier that may leave early gives.
public struct EarlyExitClassifierOutput: ModelOutput {
    /// The loss of ``logits``: mean squared error for one label, else cross entropy; nil without labels.
    public let loss: Float?
    /// The logits of where each sequence left, `[sequences, labels]`.
    public let logits: Tensor
    /// The layer after which each sequence left, counted from 1; the number of layers if it went all the way.
    public let exitLayer: [Int]
    /// Whether it left by an off-ramp: leaving by the last off-ramp is not the same as going all the way.
    public let exitedFromOffRamp: [Bool]
    /// Every off-ramp that a sequence passed, in order; only if asked for.
    public let offRamps: [[OffRampOutput]]?
    /// The loss of each off-ramp over the sequences that passed it; only with ``offRamps`` and labels.
    public let offRampLosses: [Float]?
    /// How many layers the model has.
    public let layerCount: Int
    /// A hidden state holds the sequences that were still there: of a sequence that left there are the inputs of the
    /// layers that it went through.
    public let states: TrunkStates

    /// The mean of ``exitLayer``.
    public var meanExitLayer: Double {
        exitLayer.isEmpty ? 0 : Double(exitLayer.reduce(0, +)) / Double(exitLayer.count)
    }

    /// The share of the layers that was not computed: 1 − mean exit layer / layers.
    public var savedShare: Double { exitLayer.isEmpty ? 0 : 1 - meanExitLayer / Double(layerCount) }

    /// What an off-ramp said of each sequence: the research code's `output_layer`, which leaves ``loss`` as it is.
    ///
    /// - Parameter index: counted from 0.
    /// - Throws: ``BertError`` with code `invalidArgument` if the off-ramps were not asked for, or a sequence left before
    ///   this one.
    public func logits(ofOffRamp index: Int) throws -> [[Float]] {
        guard let offRamps else {
            throw BertError(.invalidArgument, "what the off-ramps said was not asked for; set offRamps")
        }
        return try offRamps.enumerated().map { sequence, passed in
            guard passed.indices.contains(index) else {
                throw BertError(
                    .invalidArgument,
                    "sequence \(sequence) passed \(passed.count) off-ramps; there is no output of off-ramp \(index)")
            }
            return passed[index].logits
        }
    }

    /// What DeeBERT's off-ramps are trained with (`train_highway`): the sum of ``offRampLosses`` but the last; nil
    /// without them.
    public var highwayTrainingLoss: Float? { offRampLosses.map { $0.dropLast().reduce(0, +) } }

    /// What PABEE is trained with: the mean of ``offRampLosses``, later layers weighing more: Σ i·lossᵢ / Σ i, i from 1;
    /// nil without them.
    public var patienceTrainingLoss: Float? {
        offRampLosses.map { losses in
            var (sum, weights): (Float, Float) = (0, 0)
            for (index, loss) in losses.enumerated() {
                sum += Float(index + 1) * loss
                weights += Float(index + 1)
            }
            return sum / weights
        }
    }
}

/// What one off-ramp said of one sequence.
public struct OffRampOutput: Sendable, Hashable {
    /// `[labels]`.
    public let logits: [Float]
    /// Of their probabilities, in nats.
    public let entropy: Float
    /// What the off-ramp's classifier reads, `[hidden]`.
    public let pooled: [Float]
}
