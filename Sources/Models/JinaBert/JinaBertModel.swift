public import BertCore

/// JinaBERT v2 without a head (`JinaBertModel` of jinaai's repositories).
public struct JinaBertModel: EncoderModel, ComposedModel {
    public static let design = ModelDesign<PoolerHead>.bare(.jinaBert)
    public let parts: ModelParts<PoolerHead>

    public init(parts: ModelParts<PoolerHead>) { self.parts = parts }
}

/// Takes the place of ``JinaBertModel`` where its backend is missing.
public typealias DummyJinaBertModel = Dummy<JinaBertModel>
