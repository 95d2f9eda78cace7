public import BertCore

/// The bare ALBERT encoder with its pooler (Lan et al. 2020; `transformers.AlbertModel`). ALBERT has narrow embeddings
/// and shares weights between layers.
public struct AlbertModel: EncoderModel, ComposedModel {
    public static let design = ModelDesign<PoolerHead>.bare(.albert)
    public let parts: ModelParts<PoolerHead>

    public init(parts: ModelParts<PoolerHead>) { self.parts = parts }
}

/// The placeholder for ``AlbertModel`` while its backend is unavailable.
public typealias DummyAlbertModel = Dummy<AlbertModel>
