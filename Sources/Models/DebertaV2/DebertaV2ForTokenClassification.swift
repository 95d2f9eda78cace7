public import BertCore

/// DeBERTa v2 or v3 with a token classification head (`transformers.DebertaV2ForTokenClassification`).
public struct DebertaV2ForTokenClassification: TokenClassificationModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.debertaV2) {
        [.init("classifier", $0.numLabels, dropout: $0.hiddenDropoutProb)]
    }
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// The placeholder for ``DebertaV2ForTokenClassification`` while its backend is unavailable.
public typealias DummyDebertaV2ForTokenClassification = Dummy<DebertaV2ForTokenClassification>
