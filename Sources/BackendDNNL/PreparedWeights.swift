import BertCore

/// What a linear layer's weights became: the payload of ``PreparedLinear``.
final class PreparedWeights: Sendable {
    enum Form: Sendable {
        /// Packed into panels; the plain weights are no longer needed.
        case packed(PackedWeights)
        /// Where they were, `[out, in]`: the library likes them so, and a mapped file stays mapped.
        case plain(Tensor)
        /// Without elements: the delegate's.
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
