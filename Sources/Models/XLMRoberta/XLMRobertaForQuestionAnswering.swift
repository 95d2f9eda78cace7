public import BertCore

/// XLM-RoBERTa that finds answers in a text (`transformers.XLMRobertaForQuestionAnswering`).
public struct XLMRobertaForQuestionAnswering: QuestionAnsweringModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.xlmRoberta, "qa_outputs") { _ in 2 }
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// In the place of ``XLMRobertaForQuestionAnswering`` where its backend is missing.
public typealias DummyXLMRobertaForQuestionAnswering = Dummy<XLMRobertaForQuestionAnswering>
