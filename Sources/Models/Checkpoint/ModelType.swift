/// The architectures of the family, by their `model_type` in `config.json`.
public enum ModelType: String, Sendable, Hashable, CaseIterable {
    /// BERT, and DeeBERT and PABEE on top of it.
    case bert
    /// RoBERTa: BERT with positions counted from the padding id and other heads.
    case roberta
    /// ALBERT: layers that share their weights, and narrow embeddings.
    case albert

    /// The type of a class of `transformers`, for files without `model_type`: `DeeRobertaForSequenceClassification` is
    /// RoBERTa.
    init?(architecture: String) {
        let known: [(prefix: String, type: ModelType)] = [
            ("Bert", .bert), ("DeeBert", .bert), ("Roberta", .roberta), ("DeeRoberta", .roberta), ("Albert", .albert),
        ]
        guard let match = known.first(where: { architecture.hasPrefix($0.prefix) }) else { return nil }
        self = match.type
    }
}
