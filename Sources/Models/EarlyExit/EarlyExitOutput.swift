public import BertCore

/// What a sequence classifier that may leave early gives.
public struct EarlyExitClassifierOutput: Sendable {
    /// The logits of where each sequence left, `[sequences, labels]`.
    public let logits: Tensor
    /// The layer after which each sequence left, counted from 1; the number of layers if it went all the way.
    public let exitLayer: [Int]
    /// Whether it left by an off-ramp: leaving by the last off-ramp is not the same as going all the way.
    public let exitedFromOffRamp: [Bool]
    /// Every off-ramp that a sequence passed, in order; only if asked for.
    public let offRamps: [[OffRampOutput]]?
    /// How many layers the model has.
    public let layerCount: Int

    /// The mean of ``exitLayer``.
    public var meanExitLayer: Double {
        exitLayer.isEmpty ? 0 : Double(exitLayer.reduce(0, +)) / Double(exitLayer.count)
    }

    /// The share of the layers that was not computed: 1 − mean exit layer / layers.
    public var savedShare: Double { exitLayer.isEmpty ? 0 : 1 - meanExitLayer / Double(layerCount) }
}

/// What one off-ramp said of one sequence.
public struct OffRampOutput: Sendable, Hashable {
    /// `[labels]`.
    public let logits: [Float]
    /// Of their probabilities, in nats.
    public let entropy: Float
}

/// A sequence classifier that may leave early.
public protocol EarlyExitClassifier: BertPreTrainedModel {
    /// Logits for each sequence, and where it left the network. Every sequence of the batch leaves on its own.
    ///
    /// - Parameters:
    ///   - policy: when to leave.
    ///   - offRamps: whether to give the logits and entropies of every off-ramp passed.
    /// - Throws: ``BertError`` with code `invalidInput` or `invalidArgument`; what the backend throws; a dummy its
    ///   ``BackendUnavailableError``.
    func classify(
        _ input: ModelInput, policy: ExitPolicy, offRamps: Bool
    ) throws -> EarlyExitClassifierOutput
}

extension Dummy: EarlyExitClassifier where Model: EarlyExitClassifier {
    /// Always throws ``Dummy/error``.
    public func classify(
        _ input: ModelInput, policy: ExitPolicy, offRamps: Bool
    ) throws -> EarlyExitClassifierOutput {
        throw error
    }
}
