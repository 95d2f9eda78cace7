public import BertCore

/// CamemBERT with a token classification head (`transformers.CamembertForTokenClassification`).
public struct CamembertForTokenClassification: TokenClassificationModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.camembert, "classifier", outputs: \.numLabels)
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// The placeholder for ``CamembertForTokenClassification`` while its backend is unavailable.
public typealias DummyCamembertForTokenClassification = Dummy<CamembertForTokenClassification>
