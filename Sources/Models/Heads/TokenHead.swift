import BertCore

/// One linear layer on every token.
public struct TokenHead: Sendable {
    private let stack: DenseStack

    init(_ loader: WeightLoader, _ layer: DenseStack.Layer) throws { stack = try DenseStack(loader, [layer]) }

    /// `[rows, outputs]`.
    func callAsFunction(_ run: EncoderRun) throws -> Tensor { try stack(run.hidden(), on: run.backend) }
}

extension ModelDesign where Head == TokenHead {
    /// A trunk with a linear layer on every token.
    static func everyToken(
        _ family: ModelFamily, _ name: String, outputs: @escaping @Sendable (BertConfig) -> Int
    ) -> Self {
        ModelDesign(family) {
            DenseStack.parameterSpecs([DenseStack.Layer(name, outputs($0))], $0)
        } makeHead: {
            try TokenHead($0, DenseStack.Layer(name, outputs($1)))
        }
    }
}
