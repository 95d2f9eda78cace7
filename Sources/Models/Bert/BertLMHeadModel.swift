public import BertCore

/// BERT as a decoder that predicts the next word, optionally attending to an encoder (`transformers.BertLMHeadModel`).
public struct BertLMHeadModel: CausalLanguageModel, ComposedModel {
    public static let design = ModelDesign<LanguageModelHead>.languageModel(.bert, .bert)
    public let parts: ModelParts<LanguageModelHead>

    public init(parts: ModelParts<LanguageModelHead>) { self.parts = parts }
}

/// Stands in for ``BertLMHeadModel`` where its backend is missing.
public typealias DummyBertLMHeadModel = Dummy<BertLMHeadModel>
