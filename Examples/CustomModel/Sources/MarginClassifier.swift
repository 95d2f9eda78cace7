public import BertCore
public import BertModels

/// BERT that labels texts, with one small head after every layer, and leaves a text at the first layer where the best label is
/// ahead of the next by a margin.
public struct BertForMarginClassification: EarlyExitClassifier, ComposedModel {
    public static let design = ModelDesign<MarginHead>(.bert) { config in
        DenseStack.parameterSpecs(MarginHead.layers(config), config)
    } makeHead: { loader, config in
        MarginHead(stack: try DenseStack(loader, MarginHead.layers(config), config))
    }
    public let parts: ModelParts<MarginHead>

    public init(parts: ModelParts<MarginHead>) { self.parts = parts }

    /// The margin is a key of `config.json`; a caller's own policy comes before it.
    public var exitRule: any ExitRule {
        MarginRule(margin: Float(config.raw["exit_margin"]?.doubleValue ?? 2))
    }
}

/// relu(dense(first token)), then the labels: the same weights after every layer.
public struct MarginHead: OffRampHead {
    let stack: DenseStack

    static func layers(_ config: BertConfig) -> [DenseStack.Layer] {
        [.init("margin.dense", config.hiddenSize / 2, .relu), .init("margin.labels", config.numLabels)]
    }

    public func offRamp(
        after layer: Int, _ firstTokens: Tensor, on backend: any ComputeBackend
    ) throws -> OffRampAnswer {
        OffRampAnswer(pooled: firstTokens, logits: try stack(firstTokens, on: backend))
    }

    public func final(_ firstTokens: Tensor, on backend: any ComputeBackend) throws -> OffRampAnswer {
        try offRamp(after: 0, firstTokens, on: backend)
    }
}

/// Leaves once the best label's logit is ahead of the next one's.
public struct MarginRule: ExitRule {
    let margin: Float

    public mutating func leaves(after layer: Int, logits: [Float]) -> Bool {
        let sorted = logits.sorted(by: >)
        return sorted.count > 1 && sorted[0] - sorted[1] > margin
    }
}
