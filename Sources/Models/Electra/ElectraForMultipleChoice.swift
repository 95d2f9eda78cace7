public import BertCore

/// ELECTRA with a multiple choice head (`transformers.ElectraForMultipleChoice`).
public struct ElectraForMultipleChoice: MultipleChoiceModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.firstToken(.electra) { config in
        let electra = config[ElectraConfiguration.self]
        guard electra.summaryType == "first" else {
            throw BertError(
                .unsupported, "only \"first\" is supported, found \"\(electra.summaryType)\"",
                file: BertConfig.fileName,
                key: "summary_type", value: .string(electra.summaryType))
        }
        let summary = DenseStack.Layer(
            "sequence_summary.summary", config.hiddenSize, electra.summaryActivation?.function)
        return (electra.summaryUseProj ? [summary] : []) + [.init("classifier", 1, dropout: electra.summaryLastDropout)]
    }
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// The placeholder for ``ElectraForMultipleChoice`` while its backend is unavailable.
public typealias DummyElectraForMultipleChoice = Dummy<ElectraForMultipleChoice>
