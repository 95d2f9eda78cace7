public import BertCore

/// BERT with a classifier after every layer and early exit by patience (Zhou et al. 2020; the class of the same name in
/// the research code).
public struct BertForSequenceClassificationWithPabee: EarlyExitClassifier, ComposedModel {
    public static let design = ModelDesign<OffRampsHead>.sharedPooler(.bert)
    public let parts: ModelParts<OffRampsHead>

    public init(parts: ModelParts<OffRampsHead>) { self.parts = parts }
}

/// The placeholder for ``BertForSequenceClassificationWithPabee`` while its backend is unavailable.
public typealias DummyBertForSequenceClassificationWithPabee = Dummy<BertForSequenceClassificationWithPabee>
