public import BertCore

/// The bare RoBERTa encoder with its pooler (Liu et al. 2019; `transformers.RobertaModel`).
public struct RobertaModel: EncoderModel, ComposedModel {
    public static let design = ModelDesign<PoolerHead>.bare(.roberta)
    public let parts: ModelParts<PoolerHead>

    public init(parts: ModelParts<PoolerHead>) { self.parts = parts }
}

/// The placeholder for ``RobertaModel`` while its backend is unavailable.
public typealias DummyRobertaModel = Dummy<RobertaModel>
