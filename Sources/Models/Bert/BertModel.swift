public import BertCore

/// The bare BERT encoder with its pooler (Devlin et al. 2019; `transformers.BertModel`).
public struct BertModel: EncoderModel, ComposedModel {
    public static let design = ModelDesign<PoolerHead>.bare(.bert)
    public let parts: ModelParts<PoolerHead>

    public init(parts: ModelParts<PoolerHead>) { self.parts = parts }
}

/// The placeholder for ``BertModel`` while its backend is unavailable.
public typealias DummyBertModel = Dummy<BertModel>
