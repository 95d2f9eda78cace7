public import BertCore

/// RoBERTa with an off-ramp after every layer (`DeeRobertaModel` of the research code). Runs all layers by default.
public struct DeeRobertaModel: EncoderModel, ComposedModel {
    public static let design = ModelDesign<PoolerHead>.bareWithHighways(.roberta)
    public let parts: ModelParts<PoolerHead>

    public init(parts: ModelParts<PoolerHead>) { self.parts = parts }
}

/// The placeholder for ``DeeRobertaModel`` while its backend is unavailable.
public typealias DummyDeeRobertaModel = Dummy<DeeRobertaModel>
