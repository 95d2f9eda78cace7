public import BertCore

/// ALBERT with a multiple choice head (`transformers.AlbertForMultipleChoice`).
public struct AlbertForMultipleChoice: MultipleChoiceModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.pooled(.albert, "classifier") { _ in 1 }
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// The placeholder for ``AlbertForMultipleChoice`` while its backend is unavailable.
public typealias DummyAlbertForMultipleChoice = Dummy<AlbertForMultipleChoice>
