import BertCore

/// MPNet's own part of `config.json`.
struct MPNetConfiguration: FamilyConfiguration {
    /// The rows of the table of biases. Buckets are computed for ``MPNetDistanceBias/buckets`` whatever this says.
    var rows = MPNetDistanceBias.buckets

    static let keys: [ConfigurationKey<Self>] = [
        .int("relative_attention_num_buckets", \.rows, MPNetDistanceBias.buckets...1 << 20)
    ]
}
