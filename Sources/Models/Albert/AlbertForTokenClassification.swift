public import BertCore

/// ALBERT with a token classification head (`transformers.AlbertForTokenClassification`).
public struct AlbertForTokenClassification: TokenClassificationModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.albert, "classifier", outputs: \.numLabels)
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// The placeholder for ``AlbertForTokenClassification`` while its backend is unavailable.
public typealias DummyAlbertForTokenClassification = Dummy<AlbertForTokenClassification>
