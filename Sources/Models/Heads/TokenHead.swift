public import BertCore

/// A head of linear layers on every token.
public struct TokenHead: Sendable {
    private let stack: DenseStack

    /// Creates the head from its weights.
    public init(_ loader: WeightLoader, _ layers: [DenseStack.Layer], _ config: BertConfig) throws {
        stack = try DenseStack(loader, layers, config)
    }

    /// Returns the logits `[rows, outputs]`.
    public func callAsFunction(_ run: TrunkOutput) throws -> Tensor {
        try stack(run.hidden(), on: run.backend, dropout: run.dropout)
    }
}

extension ModelDesign where Head == TokenHead {
    /// Returns a design with a linear layer on every token.
    public static func everyToken(
        _ family: ModelFamily, _ name: String, outputs: @escaping @Sendable (BertConfig) -> Int
    ) -> Self {
        everyToken(family) { [DenseStack.Layer(name, outputs($0))] }
    }

    /// Returns a design with linear layers on every token.
    public static func everyToken(
        _ family: ModelFamily, _ layers: @escaping @Sendable (BertConfig) -> [DenseStack.Layer]
    ) -> Self {
        ModelDesign(family) {
            DenseStack.parameterSpecs(layers($0), $0)
        } makeHead: {
            try TokenHead($0, layers($1), $1)
        }
    }
}
