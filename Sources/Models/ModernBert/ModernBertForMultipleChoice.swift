public import BertCore

/// ModernBERT with a multiple choice head (`transformers.ModernBertForMultipleChoice`).
public struct ModernBertForMultipleChoice: MultipleChoiceModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.modernBert(cls: .firstUnmaskedToken) { _ in 1 }
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// The placeholder for ``ModernBertForMultipleChoice`` while its backend is unavailable.
public typealias DummyModernBertForMultipleChoice = Dummy<ModernBertForMultipleChoice>
