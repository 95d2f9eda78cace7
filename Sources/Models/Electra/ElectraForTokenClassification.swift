public import BertCore

/// ELECTRA that labels tokens (`transformers.ElectraForTokenClassification`).
public struct ElectraForTokenClassification: TokenClassificationModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.electra, "classifier", outputs: \.numLabels)
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// In the place of ``ElectraForTokenClassification`` where its backend is missing.
public typealias DummyElectraForTokenClassification = Dummy<ElectraForTokenClassification>
