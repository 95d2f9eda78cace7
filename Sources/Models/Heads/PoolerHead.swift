public import BertCore

/// The pooler of a model without a head, tanh(dense(first token)); absent if the checkpoint has no pooler.
public struct PoolerHead: Sendable {
    private let stack: DenseStack?

    /// Creates the pooler from its weights, if the checkpoint contains them.
    public init(_ loader: WeightLoader, _ layers: [DenseStack.Layer], _ config: BertConfig) throws {
        stack =
            try !layers.isEmpty && layers.allSatisfy { loader.parameters[$0.name + ".weight"] != nil }
            ? DenseStack(loader, layers, config) : nil
    }

    var isPresent: Bool { stack != nil }

    /// Returns the pooled output `[sequences, hidden]`.
    public func callAsFunction(_ run: TrunkOutput) throws -> Tensor? { try stack?(run.firstTokens(), on: run.backend) }
}

extension ModelDesign where Head == PoolerHead {
    /// Returns the design of a trunk without a head, with its pooler if the checkpoint has one.
    ///
    /// - Parameters:
    ///   - family: The family of the class.
    ///   - more: Returns additional parameters that the checkpoint must contain.
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
