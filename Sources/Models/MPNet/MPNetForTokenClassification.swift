public import BertCore

/// MPNet with a token classification head (`transformers.MPNetForTokenClassification`).
public struct MPNetForTokenClassification: TokenClassificationModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.mpnet, "classifier", outputs: \.numLabels)
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// The placeholder for ``MPNetForTokenClassification`` while its backend is unavailable.
public typealias DummyMPNetForTokenClassification = Dummy<MPNetForTokenClassification>
