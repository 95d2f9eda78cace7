public import BertCore

/// DistilBERT that labels tokens (`transformers.DistilBertForTokenClassification`).
public struct DistilBertForTokenClassification: TokenClassificationModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.distilBert, "classifier", outputs: \.numLabels)
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// Stands in for ``DistilBertForTokenClassification`` where its backend is missing.
public typealias DummyDistilBertForTokenClassification = Dummy<DistilBertForTokenClassification>
