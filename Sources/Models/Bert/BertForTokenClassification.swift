public import BertCore

/// BERT with a token classification head (`transformers.BertForTokenClassification`).
public struct BertForTokenClassification: TokenClassificationModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.bert, "classifier", outputs: \.numLabels)
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// The placeholder for ``BertForTokenClassification`` while its backend is unavailable.
public typealias DummyBertForTokenClassification = Dummy<BertForTokenClassification>
