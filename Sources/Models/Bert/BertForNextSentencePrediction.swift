public import BertCore

/// BERT with a next sentence prediction head (`transformers.BertForNextSentencePrediction`).
public struct BertForNextSentencePrediction: NextSentencePredictionModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.pooled(.bert, "cls.seq_relationship") { _ in 2 }
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// The placeholder for ``BertForNextSentencePrediction`` while its backend is unavailable.
public typealias DummyBertForNextSentencePrediction = Dummy<BertForNextSentencePrediction>
