public import BertCore

/// Linear layers on every token.
public struct TokenHead: Sendable {
    private let stack: DenseStack

    /// The head with its weights.
    public init(_ loader: WeightLoader, _ layers: [DenseStack.Layer], _ config: BertConfig) throws {
        stack = try DenseStack(loader, layers, config)
    }

    /// `[rows, outputs]`.
    public func callAsFunction(_ run: TrunkOutput) throws -> Tensor {
        try stack(run.hidden(), on: run.backend, dropout: run.dropout)
    }
}

extension ModelDesign where Head == TokenHead {
    /// A trunk with a linear layer on every token.
    public static func everyToken(
        _ family: ModelFamily, _ name: String, outputs: @escaping @Sendable (BertConfig) -> Int
    ) -> Self {
        everyToken(family) { [DenseStack.Layer(name, outputs($0))] }
    }

    /// A trunk with linear layers on every token.
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
