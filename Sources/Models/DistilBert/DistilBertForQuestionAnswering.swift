public import BertCore

/// DistilBERT that finds answers in a text (`transformers.DistilBertForQuestionAnswering`).
public struct DistilBertForQuestionAnswering: QuestionAnsweringModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.distilBert, "qa_outputs") { _ in 2 }
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// Stands in for ``DistilBertForQuestionAnswering`` where its backend is missing.
public typealias DummyDistilBertForQuestionAnswering = Dummy<DistilBertForQuestionAnswering>
