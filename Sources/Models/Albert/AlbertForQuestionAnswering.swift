public import BertCore

/// ALBERT with an extractive question answering head (`transformers.AlbertForQuestionAnswering`).
public struct AlbertForQuestionAnswering: QuestionAnsweringModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.albert, "qa_outputs") { _ in 2 }
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// The placeholder for ``AlbertForQuestionAnswering`` while its backend is unavailable.
public typealias DummyAlbertForQuestionAnswering = Dummy<AlbertForQuestionAnswering>
