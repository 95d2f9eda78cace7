/// The weights of a linear layer in the form a backend likes best: packed, blocked, in another precision.
///
/// Opaque: made by ``ComputeBackend/prepareLinear(weight:bias:)`` once, at load, and understood by that backend alone.
public struct PreparedLinear: Sendable {
    /// The name of the backend that made it.
    public let backend: String
    /// Features in, features out.
    public let inputSize: Int
    /// Features out.
    public let outputSize: Int
    /// What the backend made of the weights.
    public let payload: any AnyObject & Sendable

    /// Called by backends.
    public init(backend: String, inputSize: Int, outputSize: Int, payload: any AnyObject & Sendable) {
        self.backend = backend
        self.inputSize = inputSize
        self.outputSize = outputSize
        self.payload = payload
    }

    /// The payload, if it is of the type that the calling backend makes.
    ///
    /// - Throws: ``BertError`` with code `foreignTensor` if another backend prepared the weights.
    public func payload<Payload: AnyObject>(as type: Payload.Type, for caller: String) throws -> Payload {
        guard backend == caller, let payload = payload as? Payload else {
            throw BertError(
                .foreignTensor,
                """
                linear weights prepared by the backend "\(backend)" were given to "\(caller)"; \
                prepare them with the backend that uses them
                """)
        }
        return payload
    }
}

/// What ``ComputeBackend/prepareLinear(weight:bias:)`` makes where a backend has nothing better: the tensors themselves.
package final class PlainLinear: Sendable {
    /// `[out, in]`.
    package let weight: Tensor
    /// `[out]`.
    package let bias: Tensor?

    package init(weight: Tensor, bias: Tensor?) {
        self.weight = weight
        self.bias = bias
    }
}
