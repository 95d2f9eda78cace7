public import BertCore

/// AdamW as `torch.optim.AdamW` computes it: p ← p · (1 − lr · wd); m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²;
/// p ← p − lr / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε) (Loshchilov and Hutter 2019).
public struct AdamWOptimizer: Sendable {
    /// What is the same in all steps.
    public struct Options: Sendable, Hashable {
        /// The decay rate of the mean of gradients.
        public var beta1 = 0.9
        /// The decay rate of the mean of their squares.
        public var beta2 = 0.999
        /// What is added to the divisor.
        public var epsilon = 1e-8
        /// How much of a weight is taken off, times the learning rate.
        public var weightDecay = 0.0

        /// The defaults of `transformers`.
        public init() {}
    }

    /// What is the same in all steps.
    public let options: Options
    /// Whether each parameter decays.
    public let decays: [Bool]
    /// The means of the gradients.
    public internal(set) var means: [Tensor]
    /// The means of their squares.
    public internal(set) var squares: [Tensor]
    /// How many steps were made.
    public internal(set) var step: Int

    /// An optimizer that made no step.
    ///
    /// - Parameters:
    ///   - shapes: those of the parameters.
    ///   - decays: whether each of them decays.
    ///   - options: rates and epsilon.
    ///   - backend: holds the moments.
    public init(shapes: [Shape], decays: [Bool], options: Options, on backend: any ComputeBackend) throws {
        func zeros(_ shape: Shape) throws -> Tensor {
            try backend.constant([Float](repeating: 0, count: shape.elementCount), shape: shape)
        }
        self.options = options
        self.decays = decays
        means = try shapes.map(zeros)
        squares = try shapes.map(zeros)
        step = 0
    }

    /// Makes a step.
    ///
    /// - Parameters:
    ///   - values: the parameters, which change.
    ///   - gradients: one for each; a parameter without one stays as it is, as in PyTorch.
    ///   - rate: the learning rate.
    ///   - scale: what gradients are multiplied with first.
    ///   - backend: that of the parameters.
    public mutating func update(
        _ values: inout [Tensor], _ gradients: [Tensor?], rate: Double, scale: Double, on backend: any ComputeBackend
    ) throws {
        step += 1
        for index in values.indices {
            guard let gradient = gradients[index] else { continue }
            let step = AdamW(
                learningRate: rate, betas: (options.beta1, options.beta2), epsilon: options.epsilon,
                weightDecay: decays[index] ? options.weightDecay : 0, step: step, gradientScale: scale)
            let state = AdamWState(
                parameter: values[index], firstMoment: means[index], secondMoment: squares[index])
            // Nobody else holds them meanwhile, so that they may be changed where they are.
            (values[index], means[index], squares[index]) = (gradient, gradient, gradient)
            let updated = try backend.adamW(consume state, gradient: gradient, step)
            values[index] = updated.parameter
            means[index] = updated.firstMoment
            squares[index] = updated.secondMoment
        }
    }
}
