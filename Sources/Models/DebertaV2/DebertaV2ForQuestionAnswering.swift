public import BertCore

/// DeBERTa v2 or v3 that finds answers in a text (`transformers.DebertaV2ForQuestionAnswering`).
public struct DebertaV2ForQuestionAnswering: QuestionAnsweringModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.debertaV2, "qa_outputs") { _ in 2 }
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// Takes the place of ``DebertaV2ForQuestionAnswering`` where its backend is missing.
public typealias DummyDebertaV2ForQuestionAnswering = Dummy<DebertaV2ForQuestionAnswering>
