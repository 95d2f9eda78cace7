/// The weights of a linear layer in a backend-specific form, such as packed, blocked or quantized.
///
/// Created once by ``ComputeBackend/prepareLinear(weight:bias:)`` when a model is loaded. The payload is opaque to
/// other backends.
public struct PreparedLinear: Sendable {
    /// The name of the backend that prepared the weights.
    public let backend: String
    /// The number of input features.
    public let inputSize: Int
    /// The number of output features.
    public let outputSize: Int
    /// The backend-specific form of the weights.
    public let payload: any AnyObject & Sendable

    /// Creates prepared weights; called by backends.
    public init(backend: String, inputSize: Int, outputSize: Int, payload: any AnyObject & Sendable) {
        self.backend = backend
        self.inputSize = inputSize
        self.outputSize = outputSize
        self.payload = payload
    }

    /// Returns the payload as the type that the calling backend uses.
    ///
    /// - Throws: ``BertError`` with code `foreignTensor` if another backend prepared the weights.
    public func payload<Payload: AnyObject>(as type: Payload.Type, for caller: String) throws -> Payload {
        guard backend == caller, let payload = payload as? Payload else {
            throw BertError(
                .foreignTensor,
                """
                linear weights prepared by the backend "\(backend)" were passed to "\(caller)"; \
                prepare them with the backend that uses them
                """, value: .string(backend), limit: .string(caller))
        }
        return payload
    }
}

/// The payload of the default ``ComputeBackend/prepareLinear(weight:bias:)``: the unmodified tensors.
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
