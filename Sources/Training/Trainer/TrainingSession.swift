import BertCore
import BertModels

/// A stage of training: the parameters, the optimizer, and the computation of a step's gradients.
final class TrainingSession {
    let model: TrainableModel
    var optimizer: AdamWOptimizer
    /// Returns the loss of batches and its gradients.
    let gradients: (_ step: Int, _ batches: [ArraySlice<Int>], _ epoch: Int) throws -> StepGradients

    init(
        _ model: TrainableModel, _ optimizer: AdamWOptimizer,
        gradients: @escaping (Int, [ArraySlice<Int>], Int) throws -> StepGradients
    ) {
        self.model = model
        self.optimizer = optimizer
        self.gradients = gradients
    }
}

/// The loss and gradients of a step's batches.
struct StepGradients {
    var loss = 0.0
    /// The sums of the gradients. They are nil for parameters that the loss doesn't depend on.
    var gradients: [Tensor?] = []
    /// The divisor of the sums.
    var divisor = 1.0
    var tokens = 0

    /// Adds the gradients of a batch.
    mutating func add(_ more: [Tensor?], on backend: any ComputeBackend) throws {
        guard !gradients.isEmpty else {
            gradients = more
            return
        }
        for (index, gradient) in more.enumerated() {
            guard let gradient else { continue }
            gradients[index] = try gradients[index].map { try backend.binary(.add, $0, gradient) } ?? gradient
        }
    }
}
