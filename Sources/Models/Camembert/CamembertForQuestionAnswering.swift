public import BertCore

/// CamemBERT that finds answers in a text (`transformers.CamembertForQuestionAnswering`).
public struct CamembertForQuestionAnswering: QuestionAnsweringModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.camembert, "qa_outputs") { _ in 2 }
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// In the place of ``CamembertForQuestionAnswering`` where its backend is missing.
public typealias DummyCamembertForQuestionAnswering = Dummy<CamembertForQuestionAnswering>
