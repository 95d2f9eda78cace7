public import BertCore

/// JinaBERT v2 without a head (`JinaBertModel` of jinaai's repositories).
public struct JinaBertModel: EncoderModel, ComposedModel {
    public static let design = ModelDesign<PoolerHead>.bare(.jinaBert)
    public let parts: ModelParts<PoolerHead>

    public init(parts: ModelParts<PoolerHead>) { self.parts = parts }
}

/// The placeholder for ``JinaBertModel`` while its backend is unavailable.
public typealias DummyJinaBertModel = Dummy<JinaBertModel>
