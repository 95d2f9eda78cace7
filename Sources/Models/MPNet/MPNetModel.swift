public import BertCore

/// MPNet without a head (`transformers.MPNetModel`).
public struct MPNetModel: EncoderModel, ComposedModel {
    public static let design = ModelDesign<PoolerHead>.bare(.mpnet)
    public let parts: ModelParts<PoolerHead>

    public init(parts: ModelParts<PoolerHead>) { self.parts = parts }
}

/// Takes the place of ``MPNetModel`` where its backend is missing.
public typealias DummyMPNetModel = Dummy<MPNetModel>
