public import BertCore

/// The bare ALBERT encoder with its pooler: narrow embeddings, layers that share their weights (Lan et al. 2020;
/// `transformers.AlbertModel`).
public struct AlbertModel: EncoderModel, ComposedModel {
    public static let design = ModelDesign<PoolerHead>.bare(.albert)
    public let parts: ModelParts<PoolerHead>

    public init(parts: ModelParts<PoolerHead>) { self.parts = parts }
}

/// Stands in for ``AlbertModel`` where its backend is missing.
public typealias DummyAlbertModel = Dummy<AlbertModel>
