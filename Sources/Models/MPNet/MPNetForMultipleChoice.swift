public import BertCore

/// MPNet with a multiple choice head (`transformers.MPNetForMultipleChoice`).
public struct MPNetForMultipleChoice: MultipleChoiceModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.pooled(.mpnet, "classifier") { _ in 1 }
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// The placeholder for ``MPNetForMultipleChoice`` while its backend is unavailable.
public typealias DummyMPNetForMultipleChoice = Dummy<MPNetForMultipleChoice>
