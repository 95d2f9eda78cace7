public import BertCore

/// RoBERTa with a token classification head (`transformers.RobertaForTokenClassification`).
public struct RobertaForTokenClassification: TokenClassificationModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.roberta, "classifier", outputs: \.numLabels)
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// The placeholder for ``RobertaForTokenClassification`` while its backend is unavailable.
public typealias DummyRobertaForTokenClassification = Dummy<RobertaForTokenClassification>
