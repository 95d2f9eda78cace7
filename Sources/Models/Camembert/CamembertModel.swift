public import BertCore

/// The bare CamemBERT encoder with its pooler (`transformers.CamembertModel`).
public struct CamembertModel: EncoderModel, ComposedModel {
    public static let design = ModelDesign<PoolerHead>.bare(.camembert)
    public let parts: ModelParts<PoolerHead>

    public init(parts: ModelParts<PoolerHead>) { self.parts = parts }
}

/// The placeholder for ``CamembertModel`` while its backend is unavailable.
public typealias DummyCamembertModel = Dummy<CamembertModel>
