/// The result of an operation call.
public enum OperationResult: Sendable {
    /// No result. A download writes to the destination that its caller passed.
    case nothing
    /// One tensor.
    case tensor(Tensor)
    /// Prepared weights of a linear layer.
    case weights(PreparedLinear)
    /// The context of attention and, if requested, the probabilities.
    case attention(AttentionOutput)
    /// The gradients of the weights of a linear layer.
    case linearGradient(LinearGradient)
    /// The gradients of the input and the weights of a layer normalization.
    case layerNormGradient(LayerNormGradient)
    /// The gradients of the operands of attention.
    case attentionGradient(AttentionGradient)
    /// The losses of a cross entropy and their gradient.
    case crossEntropy(CrossEntropy)
    /// A double-precision number.
    case number(Double)
    /// A parameter and its moments.
    case adamW(AdamWState)

    /// The tensors in the result, with their names. The main tensor has an empty name.
    public var tensors: [(name: String, tensor: Tensor)] {
        let all: [(String, Tensor?)] =
            switch self {
            case .nothing, .weights, .number: []
            case .tensor(let tensor): [("", tensor)]
            case .attention(let output): [("", output.context), ("probabilities", output.probabilities)]
            case .linearGradient(let gradient): [("weight", gradient.weight), ("bias", gradient.bias)]
            case .layerNormGradient(let gradient):
                [("input", gradient.input), ("weight", gradient.weight), ("bias", gradient.bias)]
            case .attentionGradient(let gradient): gradient.tensors
            case .crossEntropy(let result): [("losses", result.losses), ("gradient", result.gradient)]
            case .adamW(let state):
                [
                    ("parameter", state.parameter), ("first moment", state.firstMoment),
                    ("second moment", state.secondMoment),
                ]
            }
        return all.compactMap { name, tensor in tensor.map { (name, $0) } }
    }
}
