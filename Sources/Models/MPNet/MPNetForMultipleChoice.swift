public import BertCore

/// MPNet that chooses among continuations (`transformers.MPNetForMultipleChoice`).
public struct MPNetForMultipleChoice: MultipleChoiceModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.pooled(.mpnet, "classifier") { _ in 1 }
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// Takes the place of ``MPNetForMultipleChoice`` where its backend is missing.
public typealias DummyMPNetForMultipleChoice = Dummy<MPNetForMultipleChoice>
