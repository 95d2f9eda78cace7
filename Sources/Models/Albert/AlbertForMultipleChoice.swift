public import BertCore

/// ALBERT that chooses among continuations (`transformers.AlbertForMultipleChoice`).
public struct AlbertForMultipleChoice: MultipleChoiceModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.pooled(.albert, "classifier") { _ in 1 }
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// In the place of ``AlbertForMultipleChoice`` where its backend is missing.
public typealias DummyAlbertForMultipleChoice = Dummy<AlbertForMultipleChoice>
