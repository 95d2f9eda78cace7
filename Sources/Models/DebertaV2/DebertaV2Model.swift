public import BertCore

/// DeBERTa v2 or v3 without a head (`transformers.DebertaV2Model`).
public struct DebertaV2Model: EncoderModel, ComposedModel {
    public static let design = ModelDesign<PoolerHead>.bare(.debertaV2)
    public let parts: ModelParts<PoolerHead>

    public init(parts: ModelParts<PoolerHead>) { self.parts = parts }
}

/// The placeholder for ``DebertaV2Model`` while its backend is unavailable.
public typealias DummyDebertaV2Model = Dummy<DebertaV2Model>
