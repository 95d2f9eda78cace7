public import BertCore

/// ELECTRA that finds answers in a text (`transformers.ElectraForQuestionAnswering`).
public struct ElectraForQuestionAnswering: QuestionAnsweringModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.electra, "qa_outputs") { _ in 2 }
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// In the place of ``ElectraForQuestionAnswering`` where its backend is missing.
public typealias DummyElectraForQuestionAnswering = Dummy<ElectraForQuestionAnswering>
