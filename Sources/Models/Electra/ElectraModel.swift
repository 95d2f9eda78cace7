public import BertCore

/// The bare ELECTRA encoder, which has no pooler (`transformers.ElectraModel`).
public struct ElectraModel: EncoderModel, ComposedModel {
    public static let design = ModelDesign<PoolerHead>.bare(.electra)
    public let parts: ModelParts<PoolerHead>

    public init(parts: ModelParts<PoolerHead>) { self.parts = parts }
}

/// The placeholder for ``ElectraModel`` while its backend is unavailable.
public typealias DummyElectraModel = Dummy<ElectraModel>
