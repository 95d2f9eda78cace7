public import BertCore

/// MPNet with an extractive question answering head (`transformers.MPNetForQuestionAnswering`).
public struct MPNetForQuestionAnswering: QuestionAnsweringModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.mpnet, "qa_outputs") { _ in 2 }
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// The placeholder for ``MPNetForQuestionAnswering`` while its backend is unavailable.
public typealias DummyMPNetForQuestionAnswering = Dummy<MPNetForQuestionAnswering>
