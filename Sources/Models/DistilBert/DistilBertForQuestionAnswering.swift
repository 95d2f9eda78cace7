public import BertCore

/// DistilBERT with an extractive question answering head (`transformers.DistilBertForQuestionAnswering`).
public struct DistilBertForQuestionAnswering: QuestionAnsweringModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.distilBert) {
        [.init("qa_outputs", 2, dropout: $0.share("qa_dropout", default: 0.1))]
    }
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// The placeholder for ``DistilBertForQuestionAnswering`` while its backend is unavailable.
public typealias DummyDistilBertForQuestionAnswering = Dummy<DistilBertForQuestionAnswering>
