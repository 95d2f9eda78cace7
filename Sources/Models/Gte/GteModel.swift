public import BertCore

/// GTE without a head (`transformers.GteModel`; `NewModel` of the hub's repositories).
public struct GteModel: EncoderModel, ComposedModel {
    public static let design = ModelDesign<PoolerHead>.bare(.gte)
    public let parts: ModelParts<PoolerHead>

    public init(parts: ModelParts<PoolerHead>) { self.parts = parts }
}

/// The placeholder for ``GteModel`` while its backend is unavailable.
public typealias DummyGteModel = Dummy<GteModel>
