/// What a family calls the parameters of one layer, relative to the layer's own path.
struct LayerNames: Sendable {
    let attention: AttentionNames
    let intermediate: String
    let output: String
    let outputNorm: String
    /// Attention to an encoder's states; nil for a family that has no decoder.
    var crossAttention: AttentionNames?

    static let bert = LayerNames(
        attention: .bert("attention"), intermediate: "intermediate.dense", output: "output.dense",
        outputNorm: "output.LayerNorm", crossAttention: .bert("crossattention"))

    static let albert = LayerNames(
        attention: AttentionNames(
            query: "attention.query", key: "attention.key", value: "attention.value", output: "attention.dense",
            norm: "attention.LayerNorm"),
        intermediate: "ffn", output: "ffn_output", outputNorm: "full_layer_layer_norm")

    static let distilBert = LayerNames(
        attention: AttentionNames(
            query: "attention.q_lin", key: "attention.k_lin", value: "attention.v_lin", output: "attention.out_lin",
            norm: "sa_layer_norm"),
        intermediate: "ffn.lin1", output: "ffn.lin2", outputNorm: "output_layer_norm")
}

/// What a family calls the parameters of an attention block.
struct AttentionNames: Sendable {
    let query: String
    let key: String
    let value: String
    let output: String
    let norm: String

    /// BERT's and RoBERTa's, under `path`.
    static func bert(_ path: String) -> AttentionNames {
        AttentionNames(
            query: "\(path).self.query", key: "\(path).self.key", value: "\(path).self.value",
            output: "\(path).output.dense", norm: "\(path).output.LayerNorm")
    }
}
