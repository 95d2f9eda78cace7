public import BertCore

/// A backend that remembers what it computes and can, for a part of a model, remember no more than what goes in: the part is
/// computed again when its gradient is wanted (Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016).
public protocol CheckpointingBackend: ComputeBackend {
    /// Runs a part of a model.
    ///
    /// - Parameters:
    ///   - input: what the part reads, beside its weights and constants.
    ///   - part: the part, which is run on the backend that it is given, twice with the same result.
    func checkpoint(
        _ input: Tensor, _ part: @escaping @Sendable (Tensor, any ComputeBackend) throws -> Tensor
    ) throws -> Tensor
}
