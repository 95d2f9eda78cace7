public import BertCore

/// BERT that says whether one text follows another (`transformers.BertForNextSentencePrediction`).
public struct BertForNextSentencePrediction: NextSentencePredictionModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.pooled(.bert, "cls.seq_relationship") { _ in 2 }
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// Stands in for ``BertForNextSentencePrediction`` where its backend is missing.
public typealias DummyBertForNextSentencePrediction = Dummy<BertForNextSentencePrediction>
