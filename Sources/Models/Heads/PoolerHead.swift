public import BertCore

/// tanh(dense(first token)), of a model that is a trunk without a head; nothing where the checkpoint has no pooler.
public struct PoolerHead: Sendable {
    private let stack: DenseStack?

    /// The pooler with its weights, if there are layers and the checkpoint has them.
    public init(_ loader: WeightLoader, _ layers: [DenseStack.Layer], _ config: BertConfig) throws {
        stack =
            try !layers.isEmpty && layers.allSatisfy { loader.parameters[$0.name + ".weight"] != nil }
            ? DenseStack(loader, layers, config) : nil
    }

    var isPresent: Bool { stack != nil }

    /// `[sequences, hidden]`.
    public func callAsFunction(_ run: TrunkOutput) throws -> Tensor? { try stack?(run.firstTokens(), on: run.backend) }
}

extension ModelDesign where Head == PoolerHead {
    /// A trunk by itself, with its pooler if the checkpoint has one.
    ///
    /// - Parameters:
    ///   - family: the family that the class belongs to.
    ///   - more: further parameters that the checkpoint has to have.
    public static func bare(
        _ family: ModelFamily, more: @escaping @Sendable (BertConfig) -> [ParameterSpec] = { _ in [] }
    ) -> Self {
        ModelDesign(family, isBare: true) {
            more($0) + DenseStack.parameterSpecs(family.poolerLayer("", $0), $0).map { $0.optional() }
        } makeHead: {
            try PoolerHead($0, family.poolerLayer("", $1), $1)
        }
    }
}
