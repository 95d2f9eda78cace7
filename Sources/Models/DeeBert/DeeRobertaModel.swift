public import BertCore

/// RoBERTa with an off-ramp after every layer (`DeeRobertaModel` of the research code). By itself it runs every layer.
public struct DeeRobertaModel: EncoderModel, ComposedModel {
    public static let design = ModelDesign<PoolerHead>.bareWithHighways(.roberta)
    public let parts: ModelParts<PoolerHead>

    public init(parts: ModelParts<PoolerHead>) { self.parts = parts }
}

/// Stands in for ``DeeRobertaModel`` where its backend is missing.
public typealias DummyDeeRobertaModel = Dummy<DeeRobertaModel>
