public import BertCore

/// ModernBERT without a head (`transformers.ModernBertModel`).
public struct ModernBertModel: EncoderModel, ComposedModel {
    public static let design = ModelDesign<PoolerHead>.bare(.modernBert)
    public let parts: ModelParts<PoolerHead>

    public init(parts: ModelParts<PoolerHead>) { self.parts = parts }
}

/// Takes the place of ``ModernBertModel`` where its backend is missing.
public typealias DummyModernBertModel = Dummy<ModernBertModel>
