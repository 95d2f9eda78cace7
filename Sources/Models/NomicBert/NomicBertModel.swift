public import BertCore

/// NomicBERT without a head (`transformers.NomicBertModel`, and that of the hub's repositories).
public struct NomicBertModel: EncoderModel, ComposedModel {
    public static let design = ModelDesign<PoolerHead>.bare(.nomicBert)
    public let parts: ModelParts<PoolerHead>

    public init(parts: ModelParts<PoolerHead>) { self.parts = parts }
}

/// The placeholder for ``NomicBertModel`` while its backend is unavailable.
public typealias DummyNomicBertModel = Dummy<NomicBertModel>
