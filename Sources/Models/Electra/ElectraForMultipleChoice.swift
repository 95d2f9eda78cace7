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
        let activation = electra.summaryActivation?.function
        // The activation also applies without the linear layer.
        return electra.summaryUseProj
            ? [
                .init("sequence_summary.summary", config.hiddenSize, activation),
                .init("classifier", 1, dropout: electra.summaryLastDropout),
            ]
            : [.init("classifier", 1, dropout: electra.summaryLastDropout, inputActivation: activation)]
    }
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// The placeholder for ``ElectraForMultipleChoice`` while its backend is unavailable.
public typealias DummyElectraForMultipleChoice = Dummy<ElectraForMultipleChoice>
