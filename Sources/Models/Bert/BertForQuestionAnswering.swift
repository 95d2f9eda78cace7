public import BertCore

/// BERT with an extractive question answering head (`transformers.BertForQuestionAnswering`).
public struct BertForQuestionAnswering: QuestionAnsweringModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.bert, "qa_outputs") { _ in 2 }
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// The placeholder for ``BertForQuestionAnswering`` while its backend is unavailable.
public typealias DummyBertForQuestionAnswering = Dummy<BertForQuestionAnswering>
