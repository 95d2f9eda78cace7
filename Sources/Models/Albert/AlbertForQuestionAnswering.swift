public import BertCore

/// ALBERT that finds answers in a text (`transformers.AlbertForQuestionAnswering`).
public struct AlbertForQuestionAnswering: QuestionAnsweringModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.albert, "qa_outputs") { _ in 2 }
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// In the place of ``AlbertForQuestionAnswering`` where its backend is missing.
public typealias DummyAlbertForQuestionAnswering = Dummy<AlbertForQuestionAnswering>
