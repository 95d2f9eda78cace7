public import BertCore

/// CamemBERT with a multiple choice head (`transformers.CamembertForMultipleChoice`).
public struct CamembertForMultipleChoice: MultipleChoiceModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.pooled(
        .camembert, "classifier", dropout: { $0.hiddenDropoutProb }
    ) { _ in 1 }
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// The placeholder for ``CamembertForMultipleChoice`` while its backend is unavailable.
public typealias DummyCamembertForMultipleChoice = Dummy<CamembertForMultipleChoice>
