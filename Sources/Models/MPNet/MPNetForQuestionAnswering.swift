public import BertCore

/// MPNet that finds answers in a text (`transformers.MPNetForQuestionAnswering`).
public struct MPNetForQuestionAnswering: QuestionAnsweringModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.mpnet, "qa_outputs") { _ in 2 }
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// Takes the place of ``MPNetForQuestionAnswering`` where its backend is missing.
public typealias DummyMPNetForQuestionAnswering = Dummy<MPNetForQuestionAnswering>
