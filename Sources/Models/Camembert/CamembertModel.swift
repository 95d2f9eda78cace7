public import BertCore

/// The bare CamemBERT encoder with its pooler (`transformers.CamembertModel`).
public struct CamembertModel: EncoderModel, ComposedModel {
    public static let design = ModelDesign<PoolerHead>.bare(.camembert)
    public let parts: ModelParts<PoolerHead>

    public init(parts: ModelParts<PoolerHead>) { self.parts = parts }
}

/// In the place of ``CamembertModel`` where its backend is missing.
public typealias DummyCamembertModel = Dummy<CamembertModel>
