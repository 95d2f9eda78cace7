import BertCore

/// The keys of `config.json` that are specific to MPNet.
struct MPNetConfiguration: FamilyConfiguration {
    /// The number of rows in the bias table. Buckets are always computed for ``MPNetDistanceBias/buckets``, regardless
    /// of this value.
    var rows = MPNetDistanceBias.buckets

    static let keys: [ConfigurationKey<Self>] = [
        .int("relative_attention_num_buckets", \.rows, MPNetDistanceBias.buckets...1 << 20)
    ]
}
