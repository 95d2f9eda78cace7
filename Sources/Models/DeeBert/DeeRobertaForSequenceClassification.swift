public import BertCore

/// DeeBERT on RoBERTa, with a single linear layer on the pooler at the end (`DeeRobertaForSequenceClassification` of the
/// research code).
public struct DeeRobertaForSequenceClassification: EarlyExitClassifier, ComposedModel {
    public static let design = ModelDesign<OffRampsHead>.highways(.roberta)
    public let parts: ModelParts<OffRampsHead>

    public init(parts: ModelParts<OffRampsHead>) { self.parts = parts }
}

/// Stands in for ``DeeRobertaForSequenceClassification`` where its backend is missing.
public typealias DummyDeeRobertaForSequenceClassification = Dummy<DeeRobertaForSequenceClassification>
