public import BertCore

/// CamemBERT with an extractive question answering head (`transformers.CamembertForQuestionAnswering`).
public struct CamembertForQuestionAnswering: QuestionAnsweringModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.camembert, "qa_outputs") { _ in 2 }
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// The placeholder for ``CamembertForQuestionAnswering`` while its backend is unavailable.
public typealias DummyCamembertForQuestionAnswering = Dummy<CamembertForQuestionAnswering>
