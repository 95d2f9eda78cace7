public import BertCore

/// ModernBERT that finds answers in a text (`transformers.ModernBertForQuestionAnswering`).
public struct ModernBertForQuestionAnswering: QuestionAnsweringModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.modernBert) {
        [$0.modernBertHead, .init("classifier", 2)]
    }
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// Takes the place of ``ModernBertForQuestionAnswering`` where its backend is missing.
public typealias DummyModernBertForQuestionAnswering = Dummy<ModernBertForQuestionAnswering>
