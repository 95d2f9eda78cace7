import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// MPNet's bias on the scores, learned for 32 buckets of distance and each head, and the same in every layer
/// (`transformers.MPNetEncoder.compute_position_bias`).
enum MPNetDistanceBias {
    /// `relative_attention_num_buckets` is in the configuration, but the computation always has 32.
    static let buckets = 32
    /// From this distance on every bucket is the last one.
    static let reach = 91
    private static let name = "encoder.relative_attention_bias"

    /// The table of a model.
    static func design(_ config: BertConfig) -> DistanceBiasDesign {
        let shape: Shape = [config[MPNetConfiguration.self].rows, config.numAttentionHeads]
        return DistanceBiasDesign(key: name) { prefix in
            [ParameterSpec("\(prefix)\(name).weight", shape)]
        } make: { loader, prefix in
            let backend = loader.backend
            let rows = try backend.indices((-reach...reach).map(bucket))
            let table = try loader.tensor("\(prefix)\(name).weight")
            return try backend.permute(backend.gatherRows(table, indices: rows), axes: [1, 0])
        }
    }

    /// The bucket of a distance, place of the key − place of the query: keys behind the query have the upper half; small
    /// distances a bucket each, larger ones in steps of a logarithmic scale.
    static func bucket(of distance: Int) -> Int32 {
        let half = buckets / 2
        let (base, size) = (distance > 0 ? half : 0, abs(distance))
        let exact = half / 2
        guard size >= exact else { return Int32(base + size) }
        let steps = log(Double(size) / Double(exact)) / log(128 / Double(exact)) * Double(half - exact)
        return Int32(base + min(half - 1, exact + Int(steps)))
    }
}
