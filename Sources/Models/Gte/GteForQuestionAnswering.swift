public import BertCore

/// GTE that finds answers in a text (`NewForQuestionAnswering`).
public struct GteForQuestionAnswering: QuestionAnsweringModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.gte, "qa_outputs") { _ in 2 }
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// Takes the place of ``GteForQuestionAnswering`` where its backend is missing.
public typealias DummyGteForQuestionAnswering = Dummy<GteForQuestionAnswering>
