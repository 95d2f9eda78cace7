import BertCore
import BertModels

/// What one stage of training works on: the parameters, the optimizer, and how a step's gradients are found.
final class TrainingSession {
    let model: TrainableModel
    var optimizer: AdamWOptimizer
    /// The loss of some batches and the gradients of it.
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

/// What the batches of a step gave.
struct StepGradients {
    var loss = 0.0
    /// The sums of the gradients; nil where the loss doesn't reach.
    var gradients: [Tensor?] = []
    /// What the sums are divided by.
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
