public import BertCore

/// ELECTRA with an extractive question answering head (`transformers.ElectraForQuestionAnswering`).
public struct ElectraForQuestionAnswering: QuestionAnsweringModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.electra, "qa_outputs") { _ in 2 }
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// The placeholder for ``ElectraForQuestionAnswering`` while its backend is unavailable.
public typealias DummyElectraForQuestionAnswering = Dummy<ElectraForQuestionAnswering>
