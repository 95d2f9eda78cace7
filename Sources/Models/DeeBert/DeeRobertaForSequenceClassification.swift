public import BertCore

/// DeeBERT based on RoBERTa, with a single linear layer on the pooler output (`DeeRobertaForSequenceClassification` of
/// the research code).
public struct DeeRobertaForSequenceClassification: EarlyExitClassifier, ComposedModel {
    public static let design = ModelDesign<OffRampsHead>.highways(.roberta)
    public let parts: ModelParts<OffRampsHead>

    public init(parts: ModelParts<OffRampsHead>) { self.parts = parts }
}

/// The placeholder for ``DeeRobertaForSequenceClassification`` while its backend is unavailable.
public typealias DummyDeeRobertaForSequenceClassification = Dummy<DeeRobertaForSequenceClassification>
