public import BertCore

/// BERT that says whether one text follows another (`transformers.BertForNextSentencePrediction`).
public struct BertForNextSentencePrediction: NextSentencePredictionModel, ComposedModel {
    public static let design = ModelDesign<FirstTokenHead>.pooled(.bert, "cls.seq_relationship") { _ in 2 }
    public let parts: ModelParts<FirstTokenHead>

    public init(parts: ModelParts<FirstTokenHead>) { self.parts = parts }
}

/// Stands in for ``BertForNextSentencePrediction`` where its backend is missing.
public typealias DummyBertForNextSentencePrediction = Dummy<BertForNextSentencePrediction>
