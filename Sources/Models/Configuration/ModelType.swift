/// The architectures of the family, by their `model_type` in `config.json`.
public enum ModelType: String, Sendable, Hashable, CaseIterable {
    /// BERT, and DeeBERT and PABEE on top of it.
    case bert
    /// RoBERTa: BERT with positions counted from the padding id and other heads.
    case roberta
    /// RoBERTa in a hundred languages.
    case xlmRoberta = "xlm-roberta"
    /// RoBERTa in French.
    case camembert
    /// ALBERT: layers that share their weights, and narrow embeddings.
    case albert
    /// DistilBERT: half of BERT's layers, no token types, no pooler, and names of its own.
    case distilBert = "distilbert"

    /// Whether it is RoBERTa, whatever it was trained on.
    var isRoberta: Bool { self == .roberta || self == .xlmRoberta || self == .camembert }

    /// The class without a head.
    package var baseClass: String {
        switch self {
        case .bert: "BertModel"
        case .roberta, .xlmRoberta, .camembert: "RobertaModel"
        case .albert: "AlbertModel"
        case .distilBert: "DistilBertModel"
        }
    }

    /// What `config.json` calls a value that BERT's calls `key`.
    func key(_ key: String) -> String { self == .distilBert ? Self.distilBertKeys[key] ?? key : key }

    private static let distilBertKeys = [
        "hidden_size": "dim", "num_hidden_layers": "n_layers", "num_attention_heads": "n_heads",
        "intermediate_size": "hidden_dim", "hidden_act": "activation", "hidden_dropout_prob": "dropout",
        "attention_probs_dropout_prob": "attention_dropout", "classifier_dropout": "seq_classif_dropout",
    ]

    /// The type of a class of `transformers`, for files without `model_type`: `DeeRobertaForSequenceClassification` is
    /// RoBERTa.
    init?(architecture: String) {
        let known: [(prefix: String, type: ModelType)] = [
            ("Bert", .bert), ("DeeBert", .bert), ("Roberta", .roberta), ("DeeRoberta", .roberta),
            ("XLMRoberta", .xlmRoberta), ("Camembert", .camembert), ("Albert", .albert),
            ("DistilBert", .distilBert),
        ]
        guard let match = known.first(where: { architecture.hasPrefix($0.prefix) }) else { return nil }
        self = match.type
    }
}
