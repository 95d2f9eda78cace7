public import BertCore

/// The bare DistilBERT encoder, which has no pooler (Sanh et al. 2019; `transformers.DistilBertModel`).
public struct DistilBertModel: EncoderModel, ComposedModel {
    public static let design = ModelDesign<PoolerHead>.bare(.distilBert)
    public let parts: ModelParts<PoolerHead>

    public init(parts: ModelParts<PoolerHead>) { self.parts = parts }
}

/// The placeholder for ``DistilBertModel`` while its backend is unavailable.
public typealias DummyDistilBertModel = Dummy<DistilBertModel>
