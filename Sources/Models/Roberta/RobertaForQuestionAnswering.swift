public import BertCore

/// RoBERTa that finds answers in a text (`transformers.RobertaForQuestionAnswering`).
public struct RobertaForQuestionAnswering: QuestionAnsweringModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.roberta, "qa_outputs") { _ in 2 }
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// Stands in for ``RobertaForQuestionAnswering`` where its backend is missing.
public typealias DummyRobertaForQuestionAnswering = Dummy<RobertaForQuestionAnswering>
