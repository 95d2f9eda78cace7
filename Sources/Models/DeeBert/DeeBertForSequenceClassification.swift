public import BertCore

/// DeeBERT with a sequence classification head after the last layer (`DeeBertForSequenceClassification` of the research
/// code). Unlike there, every sequence of a batch leaves on its own.
public struct DeeBertForSequenceClassification: EarlyExitClassifier, ComposedModel {
    public static let design = ModelDesign<OffRampsHead>.highways(.bert)
    public let parts: ModelParts<OffRampsHead>

    public init(parts: ModelParts<OffRampsHead>) { self.parts = parts }
}

/// Stands in for ``DeeBertForSequenceClassification`` where its backend is missing.
public typealias DummyDeeBertForSequenceClassification = Dummy<DeeBertForSequenceClassification>
