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
    public mutating func update(
        _ values: inout [Tensor], _ gradients: [Tensor?], rate: Double, scale: Double, on backend: any ComputeBackend
    ) throws {
        step += 1
        for index in values.indices {
            guard let gradient = gradients[index] else { continue }
            let updated = try Self.updated(
                values[index], gradient, means[index], squares[index], step: step, rate: rate, scale: scale,
                decay: decays[index] ? options.weightDecay : 0, options, on: backend)
            values[index] = updated.value
            means[index] = updated.mean
            squares[index] = updated.square
        }
    }

    private static func updated(
        _ value: Tensor, _ gradient: Tensor, _ mean: Tensor, _ square: Tensor, step: Int, rate: Double, scale: Double,
        decay: Double, _ options: Options, on backend: any ComputeBackend
    ) throws -> (value: Tensor, mean: Tensor, square: Tensor) {
        let count = value.shape.elementCount
        var (newMean, newSquare) = ([Float](), [Float]())
        let (firstCorrection, secondCorrection) = (1 - power(options.beta1, step), 1 - power(options.beta2, step))
        let stepSize = Float(rate / firstCorrection)
        let root = Float(secondCorrection.squareRoot())
        let (rest1, beta2, rest2) = (Float(1 - options.beta1), Float(options.beta2), Float(1 - options.beta2))
        let (epsilon, kept, factor) = (Float(options.epsilon), Float(1 - rate * decay), Float(scale))
        let (p, g) = (try backend.floats(value), try backend.floats(gradient))
        newMean = try backend.floats(mean)
        newSquare = try backend.floats(square)
        let newValue = [Float](unsafeUninitializedCapacity: count) { target, initialized in
            for index in 0..<count {
                let slope = g[index] * factor
                let m = newMean[index] + rest1 * (slope - newMean[index])
                let v = newSquare[index] * beta2 + rest2 * slope * slope
                newMean[index] = m
                newSquare[index] = v
                target[index] = p[index] * kept - stepSize * (m / (v.squareRoot() / root + epsilon))
            }
            initialized = count
        }
        return (
            try backend.constant(newValue, shape: value.shape), try backend.constant(newMean, shape: value.shape),
            try backend.constant(newSquare, shape: value.shape)
        )
    }

    /// A power with a whole exponent.
    static func power(_ base: Double, _ exponent: Int) -> Double {
        var (result, factor, rest) = (1.0, base, exponent)
        while rest > 0 {
            if rest & 1 == 1 { result *= factor }
            factor *= factor
            rest >>= 1
        }
        return result
    }
}
