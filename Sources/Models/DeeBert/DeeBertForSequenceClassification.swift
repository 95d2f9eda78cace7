public import BertCore

/// DeeBERT with a sequence classification head after the last layer (`DeeBertForSequenceClassification` of the research
/// code).
///
/// Unlike in the research code, the sequences of a batch exit independently.
public struct DeeBertForSequenceClassification: EarlyExitClassifier, ComposedModel {
    public static let design = ModelDesign<OffRampsHead>.highways(.bert)
    public let parts: ModelParts<OffRampsHead>

    public init(parts: ModelParts<OffRampsHead>) { self.parts = parts }
}

/// The placeholder for ``DeeBertForSequenceClassification`` while its backend is unavailable.
public typealias DummyDeeBertForSequenceClassification = Dummy<DeeBertForSequenceClassification>
