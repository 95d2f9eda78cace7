public import BertCore

/// DeBERTa v2 or v3 that labels tokens (`transformers.DebertaV2ForTokenClassification`).
public struct DebertaV2ForTokenClassification: TokenClassificationModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.debertaV2, "classifier", outputs: \.numLabels)
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// Takes the place of ``DebertaV2ForTokenClassification`` where its backend is missing.
public typealias DummyDebertaV2ForTokenClassification = Dummy<DebertaV2ForTokenClassification>
