public import BertCore

/// A backend that supports gradient checkpointing (Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016).
///
/// For a checkpointed part of a model, the backend stores only the input and recomputes the part for its gradient.
public protocol CheckpointingBackend: ComputeBackend {
    /// Runs a part of a model as a checkpoint.
    ///
    /// - Parameters:
    ///   - input: The input of the part, other than weights and constants.
    ///   - part: The part. It is run twice, on the backend passed to it, and must return the same result.
    func checkpoint(
        _ input: Tensor, _ part: @escaping @Sendable (Tensor, any ComputeBackend) throws -> Tensor
    ) throws -> Tensor
}
