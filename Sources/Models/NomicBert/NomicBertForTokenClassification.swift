public import BertCore

/// NomicBERT that labels tokens (`transformers.NomicBertForTokenClassification`).
public struct NomicBertForTokenClassification: TokenClassificationModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.nomicBert, "classifier", outputs: \.numLabels)
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// Takes the place of ``NomicBertForTokenClassification`` where its backend is missing.
public typealias DummyNomicBertForTokenClassification = Dummy<NomicBertForTokenClassification>
