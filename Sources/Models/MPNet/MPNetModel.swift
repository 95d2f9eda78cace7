public import BertCore

/// MPNet without a head (`transformers.MPNetModel`).
public struct MPNetModel: EncoderModel, ComposedModel {
    public static let design = ModelDesign<PoolerHead>.bare(.mpnet)
    public let parts: ModelParts<PoolerHead>

    public init(parts: ModelParts<PoolerHead>) { self.parts = parts }
}

/// The placeholder for ``MPNetModel`` while its backend is unavailable.
public typealias DummyMPNetModel = Dummy<MPNetModel>
