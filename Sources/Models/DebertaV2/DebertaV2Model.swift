public import BertCore

/// DeBERTa v2 or v3 without a head (`transformers.DebertaV2Model`).
public struct DebertaV2Model: EncoderModel, ComposedModel {
    public static let design = ModelDesign<PoolerHead>.bare(.debertaV2)
    public let parts: ModelParts<PoolerHead>

    public init(parts: ModelParts<PoolerHead>) { self.parts = parts }
}

/// Takes the place of ``DebertaV2Model`` where its backend is missing.
public typealias DummyDebertaV2Model = Dummy<DebertaV2Model>
