public import BertCore

/// ALBERT with a classifier after every layer and early exit by patience (Zhou et al. 2020; the class of the same name
/// in the research code).
public struct AlbertForSequenceClassificationWithPabee: EarlyExitClassifier, ComposedModel {
    public static let design = ModelDesign<OffRampsHead>.sharedPooler(.albert)
    public let parts: ModelParts<OffRampsHead>

    public init(parts: ModelParts<OffRampsHead>) { self.parts = parts }
}

/// The placeholder for ``AlbertForSequenceClassificationWithPabee`` while its backend is unavailable.
public typealias DummyAlbertForSequenceClassificationWithPabee = Dummy<AlbertForSequenceClassificationWithPabee>
