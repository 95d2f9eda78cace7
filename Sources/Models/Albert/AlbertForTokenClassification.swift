public import BertCore

/// ALBERT that labels tokens (`transformers.AlbertForTokenClassification`).
public struct AlbertForTokenClassification: TokenClassificationModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.albert, "classifier", outputs: \.numLabels)
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// In the place of ``AlbertForTokenClassification`` where its backend is missing.
public typealias DummyAlbertForTokenClassification = Dummy<AlbertForTokenClassification>
