/// The parameters of a cross-entropy loss.
///
/// With p = softmax(logits) and ε = ``smoothing``, the loss of a row with label y is
///
///     −(1 − ε) · log p[y] − ε · mean(log p)
///
/// and its gradient is scale · (p − (1 − ε) · onehot(y) − ε / classes). Label smoothing matches
/// `torch.nn.CrossEntropyLoss`.
public struct CrossEntropyOptions: Sendable, Hashable {
    /// The label of rows that have no loss and no gradient.
    public var ignoredLabel: Int32
    /// The share of the target distribution that is spread evenly over all classes.
    public var smoothing: Float
    /// The factor applied to the gradient. For a mean, one over the number of rows that aren't ignored.
    public var scale: Float

    /// Creates parameters. By default the label −100 is ignored, as in PyTorch.
    public init(ignoredLabel: Int32 = -100, smoothing: Float = 0, scale: Float = 1) {
        self.ignoredLabel = ignoredLabel
        self.smoothing = smoothing
        self.scale = scale
    }
}

/// The result of a cross-entropy loss.
public struct CrossEntropy: Sendable {
    /// `[rows]`; 0 for ignored rows.
    public let losses: Tensor
    /// The gradient of the logits times ``CrossEntropyOptions/scale``: `[rows, classes]`.
    public let gradient: Tensor

    /// Creates a result; called by backends.
    public init(losses: Tensor, gradient: Tensor) {
        self.losses = losses
        self.gradient = gradient
    }
}
