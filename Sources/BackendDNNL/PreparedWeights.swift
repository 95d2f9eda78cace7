import BertCore

/// The prepared weights of a linear layer: the payload of ``PreparedLinear``.
final class PreparedWeights: Sendable {
    enum Form: Sendable {
        /// Packed into panels; the plain weights aren't needed anymore.
        case packed(PackedWeights)
        /// Not copied, `[out, in]`, because the library prefers the plain layout. Mapped files stay mapped.
        case plain(Tensor)
        /// Not copied, `[out, in]`, for the host kernels.
        case trained(Tensor)
        /// Empty weights, prepared by the delegate.
        case delegated(PreparedLinear)
    }
    let form: Form
    /// `[out]`.
    let bias: Tensor?

    init(_ form: Form, bias: Tensor?) {
        self.form = form
        self.bias = bias
    }
}
