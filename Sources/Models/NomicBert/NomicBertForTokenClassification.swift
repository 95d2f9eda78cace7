public import BertCore

/// NomicBERT with a token classification head (`transformers.NomicBertForTokenClassification`).
public struct NomicBertForTokenClassification: TokenClassificationModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.nomicBert, "classifier", outputs: \.numLabels)
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// The placeholder for ``NomicBertForTokenClassification`` while its backend is unavailable.
public typealias DummyNomicBertForTokenClassification = Dummy<NomicBertForTokenClassification>
