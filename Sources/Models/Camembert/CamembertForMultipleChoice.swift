public import BertCore

/// CamemBERT that chooses among continuations (`transformers.CamembertForMultipleChoice`).
public struct CamembertForMultipleChoice: MultipleChoiceModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.pooled(.camembert, "classifier") { _ in 1 }
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// In the place of ``CamembertForMultipleChoice`` where its backend is missing.
public typealias DummyCamembertForMultipleChoice = Dummy<CamembertForMultipleChoice>
