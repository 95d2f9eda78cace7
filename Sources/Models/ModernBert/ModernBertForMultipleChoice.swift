public import BertCore

/// ModernBERT that chooses among continuations (`transformers.ModernBertForMultipleChoice`).
public struct ModernBertForMultipleChoice: MultipleChoiceModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.modernBert { _ in 1 }
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// Takes the place of ``ModernBertForMultipleChoice`` where its backend is missing.
public typealias DummyModernBertForMultipleChoice = Dummy<ModernBertForMultipleChoice>
