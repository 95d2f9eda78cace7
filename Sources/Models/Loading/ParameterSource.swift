public import BertCore

/// A provider of parameters as tensors on the model's backend, for parameters that change or are shared between models.
public protocol ParameterSource: Sendable {
    /// Returns a parameter.
    ///
    /// - Throws: ``BertCore/BertError`` if it doesn't exist.
    func tensor(_ name: String) throws -> Tensor
    /// Returns the weights of a linear layer.
    ///
    /// - Parameters:
    ///   - parameters: The names of all parameters in the weights.
    ///   - make: Prepares the weights. A source may cache the result if the parameters are constant.
    func linear(_ parameters: [String], make: () throws -> PreparedLinear) throws -> PreparedLinear
}
