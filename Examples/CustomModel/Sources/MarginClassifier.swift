public import BertCore
public import BertModels

/// A BERT text classifier with a small head after every layer. A text exits at the first layer where the margin between
/// the two best labels is above a threshold.
public struct BertForMarginClassification: EarlyExitClassifier, ComposedModel {
    public static let design = ModelDesign<MarginHead>(.bert) { config in
        DenseStack.parameterSpecs(MarginHead.layers(config), config)
    } makeHead: { loader, config in
        MarginHead(stack: try DenseStack(loader, MarginHead.layers(config), config))
    }
    public let parts: ModelParts<MarginHead>

    public init(parts: ModelParts<MarginHead>) { self.parts = parts }

    /// The default exit rule, with the margin from `config.json`. An exit policy of the caller takes precedence.
    public var exitRule: any ExitRule {
        MarginRule(margin: Float(config.raw["exit_margin"]?.doubleValue ?? 2))
    }
}

/// A head that computes linear(relu(dense(first token))), with the same weights for all layers.
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

/// Exits when the difference between the two highest logits is above a margin.
public struct MarginRule: ExitRule {
    let margin: Float

    public mutating func leaves(after layer: Int, logits: [Float]) -> Bool {
        let sorted = logits.sorted(by: >)
        return sorted.count > 1 && sorted[0] - sorted[1] > margin
    }
}
