public import BertCore

/// MPNet that labels tokens (`transformers.MPNetForTokenClassification`).
public struct MPNetForTokenClassification: TokenClassificationModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.mpnet, "classifier", outputs: \.numLabels)
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// Takes the place of ``MPNetForTokenClassification`` where its backend is missing.
public typealias DummyMPNetForTokenClassification = Dummy<MPNetForTokenClassification>
