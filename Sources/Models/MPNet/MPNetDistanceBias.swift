import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// MPNet's relative attention bias (`transformers.MPNetEncoder.compute_position_bias`).
///
/// The bias is learned for each head and each of 32 distance buckets, and shared by all layers.
enum MPNetDistanceBias {
    /// The number of buckets, which is always 32 regardless of `relative_attention_num_buckets`.
    static let buckets = 32
    /// The distance from which on all keys are in the last bucket.
    static let reach = 91
    private static let name = "encoder.relative_attention_bias"

    /// Returns the bias of a model.
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

    /// Returns the bucket of a distance, place(key) − place(query).
    ///
    /// Keys after the query use the upper half of the buckets. Small distances have their own buckets; larger ones
    /// share buckets on a logarithmic scale.
    static func bucket(of distance: Int) -> Int32 {
        let half = buckets / 2
        let (base, size) = (distance > 0 ? half : 0, abs(distance))
        let exact = half / 2
        guard size >= exact else { return Int32(base + size) }
        let steps = log(Double(size) / Double(exact)) / log(128 / Double(exact)) * Double(half - exact)
        return Int32(base + min(half - 1, exact + Int(steps)))
    }
}
