public import BertCore

/// Has the parameters of a model as tensors on its backend: for models whose parameters change, and for those that share
/// them.
public protocol ParameterSource: Sendable {
    /// A parameter.
    ///
    /// - Throws: ``BertCore/BertError`` if it isn't there.
    func tensor(_ name: String) throws -> Tensor
    /// The weights of a linear layer.
    ///
    /// - Parameters:
    ///   - parameters: the names of all parameters that they are made of.
    ///   - make: makes them; a source may keep what it makes of parameters that stay as they are.
    func linear(_ parameters: [String], make: () throws -> PreparedLinear) throws -> PreparedLinear
}
