public import BertCore

/// BERT that labels tokens (`transformers.BertForTokenClassification`).
public struct BertForTokenClassification: TokenClassificationModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.bert, "classifier", outputs: \.numLabels)
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// Stands in for ``BertForTokenClassification`` where its backend is missing.
public typealias DummyBertForTokenClassification = Dummy<BertForTokenClassification>
