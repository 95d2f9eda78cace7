public import BertCore

/// XLM-RoBERTa with a multiple choice head (`transformers.XLMRobertaForMultipleChoice`).
public struct XLMRobertaForMultipleChoice: MultipleChoiceModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.pooled(
        .xlmRoberta, "classifier", dropout: { $0.hiddenDropoutProb }
    ) { _ in 1 }
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// The placeholder for ``XLMRobertaForMultipleChoice`` while its backend is unavailable.
public typealias DummyXLMRobertaForMultipleChoice = Dummy<XLMRobertaForMultipleChoice>
