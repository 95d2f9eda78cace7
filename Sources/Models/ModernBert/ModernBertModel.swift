public import BertCore

/// ModernBERT without a head (`transformers.ModernBertModel`).
public struct ModernBertModel: EncoderModel, ComposedModel {
    public static let design = ModelDesign<PoolerHead>.bare(.modernBert)
    public let parts: ModelParts<PoolerHead>

    public init(parts: ModelParts<PoolerHead>) { self.parts = parts }
}

/// The placeholder for ``ModernBertModel`` while its backend is unavailable.
public typealias DummyModernBertModel = Dummy<ModernBertModel>
