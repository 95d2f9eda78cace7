public import BertCore

/// BERT that finds answers in a text (`transformers.BertForQuestionAnswering`).
public struct BertForQuestionAnswering: QuestionAnsweringModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.bert, "qa_outputs") { _ in 2 }
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// Stands in for ``BertForQuestionAnswering`` where its backend is missing.
public typealias DummyBertForQuestionAnswering = Dummy<BertForQuestionAnswering>
