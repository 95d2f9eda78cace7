public import BertCore

/// ModernBERT with a token classification head (`transformers.ModernBertForTokenClassification`).
public struct ModernBertForTokenClassification: TokenClassificationModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.modernBert) {
        [$0.modernBertHead, .init("classifier", $0.numLabels)]
    }
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// The placeholder for ``ModernBertForTokenClassification`` while its backend is unavailable.
public typealias DummyModernBertForTokenClassification = Dummy<ModernBertForTokenClassification>
