public import BertCore

/// RoBERTa with an extractive question answering head (`transformers.RobertaForQuestionAnswering`).
public struct RobertaForQuestionAnswering: QuestionAnsweringModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.roberta, "qa_outputs") { _ in 2 }
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// The placeholder for ``RobertaForQuestionAnswering`` while its backend is unavailable.
public typealias DummyRobertaForQuestionAnswering = Dummy<RobertaForQuestionAnswering>
