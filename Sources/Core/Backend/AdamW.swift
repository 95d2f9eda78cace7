/// A parameter and its AdamW moments, all of the same shape.
public struct AdamWState: Sendable {
    /// The parameter.
    public var parameter: Tensor
    /// The moving average of the gradient (`exp_avg`).
    public var firstMoment: Tensor
    /// The moving average of the squared gradient (`exp_avg_sq`).
    public var secondMoment: Tensor

    /// Creates a state. Before the first step both moments are zero.
    public init(parameter: Tensor, firstMoment: Tensor, secondMoment: Tensor) {
        self.parameter = parameter
        self.firstMoment = firstMoment
        self.secondMoment = secondMoment
    }
}

/// The coefficients of one AdamW step (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019).
///
/// Matches `torch.optim.AdamW`. With g the gradient times ``gradientScale`` and t the step number, starting at 1:
///
///     p ← p · (1 − rate · weightDecay)
///     m ← m + (1 − β₁) · (g − m)
///     v ← β₂ · v + (1 − β₂) · g²
///     p ← p − rate / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
///
/// The coefficients are computed in double precision and rounded to float32. Elements are computed in float32, in the
/// order of the formula.
public struct AdamW: Sendable, Hashable {
    /// 1 − rate · weightDecay.
    public let decay: Float
    /// 1 − β₁.
    public let firstShare: Float
    /// β₂.
    public let secondKept: Float
    /// 1 − β₂.
    public let secondShare: Float
    /// rate / (1 − β₁ᵗ).
    public let stepSize: Float
    /// √(1 − β₂ᵗ).
    public let correction: Float
    /// ε.
    public let epsilon: Float
    /// The factor applied to the gradient; below 1 if the gradient is clipped.
    public let gradientScale: Float

    /// Creates a step with the defaults of PyTorch, except that the weight decay is 0.
    public init(
        learningRate: Double, betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8, weightDecay: Double = 0,
        step: Int, gradientScale: Double = 1
    ) {
        func power(_ base: Double) -> Double {
            var (result, factor, rest) = (1.0, base, step)
            while rest > 0 {
                if rest % 2 == 1 { result *= factor }
                factor *= factor
                rest /= 2
            }
            return result
        }
        decay = Float(1 - learningRate * weightDecay)
        firstShare = Float(1 - betas.0)
        secondKept = Float(betas.1)
        secondShare = Float(1 - betas.1)
        stepSize = Float(learningRate / (1 - power(betas.0)))
        correction = Float((1 - power(betas.1)).squareRoot())
        self.epsilon = Float(epsilon)
        self.gradientScale = Float(gradientScale)
    }
}
