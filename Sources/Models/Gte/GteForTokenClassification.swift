public import BertCore

/// GTE that labels tokens (`transformers.GteForTokenClassification`; `NewForTokenClassification`).
public struct GteForTokenClassification: TokenClassificationModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.gte, "classifier", outputs: \.numLabels)
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// Takes the place of ``GteForTokenClassification`` where its backend is missing.
public typealias DummyGteForTokenClassification = Dummy<GteForTokenClassification>
