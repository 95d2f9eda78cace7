import BertCore

/// The prepared weights of a linear layer: the payload of ``PreparedLinear``.
final class PreparedWeights: Sendable {
    enum Form: Sendable {
        /// Packed into panels; the plain weights are not needed any more.
        case packed(PackedWeights)
        /// Not copied, `[out, in]`: the library prefers them so, and a mapped file stays mapped.
        case plain(Tensor)
        /// Without elements: prepared by the delegate.
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
