public import BertCore

/// XLM-RoBERTa with an extractive question answering head (`transformers.XLMRobertaForQuestionAnswering`).
public struct XLMRobertaForQuestionAnswering: QuestionAnsweringModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.xlmRoberta, "qa_outputs") { _ in 2 }
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// The placeholder for ``XLMRobertaForQuestionAnswering`` while its backend is unavailable.
public typealias DummyXLMRobertaForQuestionAnswering = Dummy<XLMRobertaForQuestionAnswering>
