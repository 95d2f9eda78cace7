public import BertCore

/// DeBERTa v2 or v3 with an extractive question answering head (`transformers.DebertaV2ForQuestionAnswering`).
public struct DebertaV2ForQuestionAnswering: QuestionAnsweringModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.debertaV2, "qa_outputs") { _ in 2 }
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// The placeholder for ``DebertaV2ForQuestionAnswering`` while its backend is unavailable.
public typealias DummyDebertaV2ForQuestionAnswering = Dummy<DebertaV2ForQuestionAnswering>
