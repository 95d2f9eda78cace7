/// How a cross entropy is computed. With p = softmax(logits) and ε = ``smoothing``, the loss of a row with the label y is
///
///     −(1 − ε) · log p[y] − ε · mean(log p)
///
/// and its gradient scale · (p − (1 − ε) · onehot(y) − ε / classes). (Label smoothing as in `torch.nn.CrossEntropyLoss`.)
public struct CrossEntropyOptions: Sendable, Hashable {
    /// Rows with this label have no loss and no gradient.
    public var ignoredLabel: Int32
    /// The share of the target that all classes have alike.
    public var smoothing: Float
    /// The factor on the gradient: one over the number of rows that count, for a mean.
    public var scale: Float

    /// Options; labels of −100 are ignored, as everywhere in `torch`.
    public init(ignoredLabel: Int32 = -100, smoothing: Float = 0, scale: Float = 1) {
        self.ignoredLabel = ignoredLabel
        self.smoothing = smoothing
        self.scale = scale
    }
}

/// What a cross entropy gives.
public struct CrossEntropy: Sendable {
    /// `[rows]`; 0 for a row that is ignored.
    public let losses: Tensor
    /// Of the logits, times ``CrossEntropyOptions/scale``: `[rows, classes]`.
    public let gradient: Tensor

    /// Called by backends.
    public init(losses: Tensor, gradient: Tensor) {
        self.losses = losses
        self.gradient = gradient
    }
}
