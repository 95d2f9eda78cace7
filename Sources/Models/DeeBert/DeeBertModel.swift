public import BertCore

/// BERT with an off-ramp after every layer (Xin et al. 2020; `DeeBertModel` of the research code). Runs all layers by
/// default.
public struct DeeBertModel: EncoderModel, ComposedModel {
    public static let design = ModelDesign<PoolerHead>.bareWithHighways(.bert)
    public let parts: ModelParts<PoolerHead>

    public init(parts: ModelParts<PoolerHead>) { self.parts = parts }
}

/// The placeholder for ``DeeBertModel`` while its backend is unavailable.
public typealias DummyDeeBertModel = Dummy<DeeBertModel>
