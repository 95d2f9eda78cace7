public import BertCore

/// DistilBERT with a token classification head (`transformers.DistilBertForTokenClassification`).
public struct DistilBertForTokenClassification: TokenClassificationModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.distilBert) {
        [.init("classifier", $0.numLabels, dropout: $0.hiddenDropoutProb)]
    }
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// The placeholder for ``DistilBertForTokenClassification`` while its backend is unavailable.
public typealias DummyDistilBertForTokenClassification = Dummy<DistilBertForTokenClassification>
