public import BertCore

/// CamemBERT that labels tokens (`transformers.CamembertForTokenClassification`).
public struct CamembertForTokenClassification: TokenClassificationModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.camembert, "classifier", outputs: \.numLabels)
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// In the place of ``CamembertForTokenClassification`` where its backend is missing.
public typealias DummyCamembertForTokenClassification = Dummy<CamembertForTokenClassification>
