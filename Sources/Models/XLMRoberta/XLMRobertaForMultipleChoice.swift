public import BertCore

/// XLM-RoBERTa that chooses among continuations (`transformers.XLMRobertaForMultipleChoice`).
public struct XLMRobertaForMultipleChoice: MultipleChoiceModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.pooled(.xlmRoberta, "classifier") { _ in 1 }
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// In the place of ``XLMRobertaForMultipleChoice`` where its backend is missing.
public typealias DummyXLMRobertaForMultipleChoice = Dummy<XLMRobertaForMultipleChoice>
