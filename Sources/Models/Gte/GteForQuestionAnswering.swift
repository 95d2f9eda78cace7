public import BertCore

/// GTE with an extractive question answering head (`NewForQuestionAnswering`).
public struct GteForQuestionAnswering: QuestionAnsweringModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.gte, "qa_outputs") { _ in 2 }
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// The placeholder for ``GteForQuestionAnswering`` while its backend is unavailable.
public typealias DummyGteForQuestionAnswering = Dummy<GteForQuestionAnswering>
