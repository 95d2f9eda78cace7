public import BertCore

/// BERT with an off-ramp after every layer (Xin et al. 2020; `DeeBertModel` of the research code). By itself it runs
/// every layer.
public struct DeeBertModel: EncoderModel, ComposedModel {
    public static let design = ModelDesign<PoolerHead>.bareWithHighways(.bert)
    public let parts: ModelParts<PoolerHead>

    public init(parts: ModelParts<PoolerHead>) { self.parts = parts }
}

/// Stands in for ``DeeBertModel`` where its backend is missing.
public typealias DummyDeeBertModel = Dummy<DeeBertModel>
