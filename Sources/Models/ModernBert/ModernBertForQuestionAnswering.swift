public import BertCore

/// ModernBERT with an extractive question answering head (`transformers.ModernBertForQuestionAnswering`).
public struct ModernBertForQuestionAnswering: QuestionAnsweringModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.modernBert) {
        [$0.modernBertHead, .init("classifier", 2)]
    }
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// The placeholder for ``ModernBertForQuestionAnswering`` while its backend is unavailable.
public typealias DummyModernBertForQuestionAnswering = Dummy<ModernBertForQuestionAnswering>
