public import BertCore

/// The output of a sequence classifier with early exit.
public struct EarlyExitClassifierOutput: ModelOutput {
    /// The loss of ``logits``: mean squared error for a single label, otherwise cross entropy; nil without labels.
    public let loss: Float?
    /// The logits of each sequence at its exit, `[sequences, labels]`.
    public let logits: Tensor
    /// The layer after which each sequence exited, starting at 1; the number of layers if it didn't exit early.
    public let exitLayer: [Int]
    /// Whether each sequence exited at an off-ramp. An exit at the last off-ramp differs from using the final
    /// classifier.
    public let exitedFromOffRamp: [Bool]
    /// The outputs of every off-ramp that a sequence reached, in order; nil unless requested.
    public let offRamps: [[OffRampOutput]]?
    /// The loss of each off-ramp over the sequences that reached it; nil without ``offRamps`` or labels.
    public let offRampLosses: [Float]?
    /// The number of layers of the model.
    public let layerCount: Int
    /// The hidden states of the sequences that were still active at each layer. For a sequence that exited, they
    /// include the inputs of the layers that it ran through.
    public let states: TrunkStates

    /// The mean of ``exitLayer``.
    public var meanExitLayer: Double {
        exitLayer.isEmpty ? 0 : Double(exitLayer.reduce(0, +)) / Double(exitLayer.count)
    }

    /// The share of layers that weren't computed: 1 − mean exit layer / layers.
    public var savedShare: Double { exitLayer.isEmpty ? 0 : 1 - meanExitLayer / Double(layerCount) }

    /// Returns the logits of an off-ramp for each sequence: `output_layer` in the research code. Doesn't affect
    /// ``loss``.
    ///
    /// - Parameter index: The index of the off-ramp, starting at 0.
    /// - Throws: ``BertError`` with code `invalidArgument` if off-ramps weren't requested or a sequence exited earlier.
    public func logits(ofOffRamp index: Int) throws -> [[Float]] {
        guard let offRamps else {
            throw BertError(.invalidArgument, "the outputs of off-ramps were not requested; set offRamps")
        }
        return try offRamps.enumerated().map { sequence, passed in
            guard passed.indices.contains(index) else {
                throw BertError(
                    .invalidArgument,
                    "the sequence passed \(passed.count) off-ramps; the off-ramp \(index) has no output",
                    record: sequence, of: "sequence", value: .int(index), limit: .int(passed.count - 1))
            }
            return passed[index].logits
        }
    }

    /// The training loss of DeeBERT's off-ramps (`train_highway`): the sum of ``offRampLosses`` except the last; nil
    /// without them.
    public var highwayTrainingLoss: Float? { offRampLosses.map { $0.dropLast().reduce(0, +) } }

    /// The training loss of PABEE: the weighted mean Σ i·lossᵢ / Σ i of ``offRampLosses``, with i starting at 1; nil
    /// without them.
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

/// The output of one off-ramp for one sequence.
public struct OffRampOutput: Sendable, Hashable {
    /// `[labels]`.
    public let logits: [Float]
    /// The entropy of the probabilities, in nats.
    public let entropy: Float
    /// The input of the off-ramp's classifier, `[hidden]`.
    public let pooled: [Float]
}
