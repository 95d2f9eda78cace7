public import BertCore

/// The AdamW optimizer of `torch.optim.AdamW`: p ← p · (1 − lr · wd); m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; p ← p
/// − lr / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε) (Loshchilov and Hutter 2019).
public struct AdamWOptimizer: Sendable {
    /// The options that are the same for all steps.
    public struct Options: Sendable, Hashable {
        /// The decay rate of the mean of gradients.
        public var beta1 = 0.9
        /// The decay rate of the mean of squared gradients.
        public var beta2 = 0.999
        /// The epsilon that is added to the denominator.
        public var epsilon = 1e-8
        /// The weight decay, which is multiplied by the learning rate.
        public var weightDecay = 0.0

        /// Creates options with the defaults of `transformers`.
        public init() {}
    }

    /// The options that are the same for all steps.
    public let options: Options
    /// Whether weight decay applies to each parameter.
    public let decays: [Bool]
    /// The means of the gradients.
    public internal(set) var means: [Tensor]
    /// The means of the squared gradients.
    public internal(set) var squares: [Tensor]
    /// The number of steps.
    public internal(set) var step: Int

    /// Creates an optimizer in its initial state.
    ///
    /// - Parameters:
    ///   - shapes: The shapes of the parameters.
    ///   - decays: Whether weight decay applies to each parameter.
    ///   - options: Decay rates, epsilon and weight decay.
    ///   - backend: The backend of the moments.
    public init(shapes: [Shape], decays: [Bool], options: Options, on backend: any ComputeBackend) throws {
        self.options = options
        self.decays = decays
        means = try shapes.map(backend.zeros)
        squares = try shapes.map(backend.zeros)
        step = 0
    }

    /// Performs a step.
    ///
    /// - Parameters:
    ///   - values: The parameters, which are updated.
    ///   - gradients: A gradient for each parameter. Parameters without a gradient are unchanged, as in PyTorch.
    ///   - rate: The learning rate.
    ///   - scale: The factor to multiply gradients by.
    ///   - backend: The backend of the parameters.
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
            // Releases all other references, so that the tensors can be updated in place.
            (values[index], means[index], squares[index]) = (gradient, gradient, gradient)
            let updated = try backend.adamW(consume state, gradient: gradient, step)
            values[index] = updated.parameter
            means[index] = updated.firstMoment
            squares[index] = updated.secondMoment
        }
    }
}
