public import BertCore

/// NomicBERT without a head (`transformers.NomicBertModel`, and that of the Hub's repositories).
public struct NomicBertModel: EncoderModel, ComposedModel {
    public static let design = ModelDesign<PoolerHead>.bare(.nomicBert)
    public let parts: ModelParts<PoolerHead>

    public init(parts: ModelParts<PoolerHead>) { self.parts = parts }
}

/// Takes the place of ``NomicBertModel`` where its backend is missing.
public typealias DummyNomicBertModel = Dummy<NomicBertModel>
