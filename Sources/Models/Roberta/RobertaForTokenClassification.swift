public import BertCore

/// RoBERTa that labels tokens (`transformers.RobertaForTokenClassification`).
public struct RobertaForTokenClassification: TokenClassificationModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.roberta, "classifier", outputs: \.numLabels)
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// Stands in for ``RobertaForTokenClassification`` where its backend is missing.
public typealias DummyRobertaForTokenClassification = Dummy<RobertaForTokenClassification>
