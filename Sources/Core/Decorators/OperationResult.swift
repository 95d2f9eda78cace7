/// What a call of an operation returns.
public enum OperationResult: Sendable {
    /// Nothing: a download writes where its caller says.
    case nothing
    /// One tensor.
    case tensor(Tensor)
    /// Weights of a linear layer.
    case weights(PreparedLinear)
    /// A context, and probabilities if they were asked for.
    case attention(AttentionOutput)
    /// Gradients of a linear layer's weights.
    case linearGradient(LinearGradient)
    /// Gradients of a layer normalisation's input and weights.
    case layerNormGradient(LayerNormGradient)
    /// Gradients of attention's operands.
    case attentionGradient(AttentionGradient)
    /// Losses and their gradient.
    case crossEntropy(CrossEntropy)
    /// A number.
    case number(Double)
    /// A parameter and its moments.
    case adamW(AdamWState)

    /// The tensors in it, each with what it is called; the only one of a result has no name.
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
