public import BertCore

/// ELECTRA with a token classification head (`transformers.ElectraForTokenClassification`).
public struct ElectraForTokenClassification: TokenClassificationModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.electra, "classifier", outputs: \.numLabels)
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// The placeholder for ``ElectraForTokenClassification`` while its backend is unavailable.
public typealias DummyElectraForTokenClassification = Dummy<ElectraForTokenClassification>
