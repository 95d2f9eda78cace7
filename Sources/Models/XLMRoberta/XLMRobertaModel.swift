public import BertCore

/// The bare XLM-RoBERTa encoder with its pooler (`transformers.XLMRobertaModel`).
public struct XLMRobertaModel: EncoderModel, ComposedModel {
    public static let design = ModelDesign<PoolerHead>.bare(.xlmRoberta)
    public let parts: ModelParts<PoolerHead>

    public init(parts: ModelParts<PoolerHead>) { self.parts = parts }
}

/// The placeholder for ``XLMRobertaModel`` while its backend is unavailable.
public typealias DummyXLMRobertaModel = Dummy<XLMRobertaModel>
