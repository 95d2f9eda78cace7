public import BertCore

/// ModernBERT that labels tokens (`transformers.ModernBertForTokenClassification`).
public struct ModernBertForTokenClassification: TokenClassificationModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.modernBert) {
        [$0.modernBertHead, .init("classifier", $0.numLabels)]
    }
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// Takes the place of ``ModernBertForTokenClassification`` where its backend is missing.
public typealias DummyModernBertForTokenClassification = Dummy<ModernBertForTokenClassification>
