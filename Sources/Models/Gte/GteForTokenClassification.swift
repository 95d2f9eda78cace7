public import BertCore

/// GTE with a token classification head (`transformers.GteForTokenClassification`; `NewForTokenClassification`).
public struct GteForTokenClassification: TokenClassificationModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.gte, "classifier", outputs: \.numLabels)
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// The placeholder for ``GteForTokenClassification`` while its backend is unavailable.
public typealias DummyGteForTokenClassification = Dummy<GteForTokenClassification>
