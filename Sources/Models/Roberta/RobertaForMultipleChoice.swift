public import BertCore

/// RoBERTa with a multiple choice head (`transformers.RobertaForMultipleChoice`).
public struct RobertaForMultipleChoice: MultipleChoiceModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.pooled(
        .roberta, "classifier", dropout: { $0.hiddenDropoutProb }
    ) { _ in 1 }
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// The placeholder for ``RobertaForMultipleChoice`` while its backend is unavailable.
public typealias DummyRobertaForMultipleChoice = Dummy<RobertaForMultipleChoice>
