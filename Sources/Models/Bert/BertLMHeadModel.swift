public import BertCore

/// BERT as a decoder with a causal language modeling head, optionally with cross-attention
/// (`transformers.BertLMHeadModel`).
public struct BertLMHeadModel: CausalLanguageModel, ComposedModel {
    public static let design = ModelDesign<LanguageModelHead>.languageModel(.bert, .bert)
    public let parts: ModelParts<LanguageModelHead>

    public init(parts: ModelParts<LanguageModelHead>) { self.parts = parts }
}

/// The placeholder for ``BertLMHeadModel`` while its backend is unavailable.
public typealias DummyBertLMHeadModel = Dummy<BertLMHeadModel>
