import BertCore

/// Linear layers on each sequence's first token: the heads that say something of a sequence as a whole.
public struct FirstTokenHead: Sendable {
    private let stack: DenseStack

    init(_ loader: WeightLoader, _ layers: [DenseStack.Layer]) throws { stack = try DenseStack(loader, layers) }

    /// `[sequences, outputs]`.
    func callAsFunction(_ run: EncoderRun) throws -> Tensor { try stack(run.firstTokens(), on: run.backend) }
}

extension ModelDesign where Head == FirstTokenHead {
    /// A trunk with linear layers on the first token.
    static func firstToken(
        _ family: ModelFamily, _ layers: @escaping @Sendable (BertConfig) -> [DenseStack.Layer]
    ) -> Self {
        ModelDesign(family) {
            DenseStack.parameterSpecs(layers($0), $0)
        } makeHead: {
            try FirstTokenHead($0, layers($1))
        }
    }

    /// A trunk with its pooler and a linear layer after it.
    static func pooled(
        _ family: ModelFamily, _ name: String, outputs: @escaping @Sendable (BertConfig) -> Int
    ) -> Self {
        firstToken(family) { config in
            family.poolerLayer(family.prefix + ".", config) + [DenseStack.Layer(name, outputs(config))]
        }
    }
}
