public import BertCore

/// The bare DistilBERT encoder, which has no pooler (Sanh et al. 2019; `transformers.DistilBertModel`).
public struct DistilBertModel: EncoderModel, ComposedModel {
    public static let design = ModelDesign<PoolerHead>.bare(.distilBert)
    public let parts: ModelParts<PoolerHead>

    public init(parts: ModelParts<PoolerHead>) { self.parts = parts }
}

/// Stands in for ``DistilBertModel`` where its backend is missing.
public typealias DummyDistilBertModel = Dummy<DistilBertModel>
