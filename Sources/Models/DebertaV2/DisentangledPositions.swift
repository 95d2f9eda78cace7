import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Disentangled attention (He et al. 2021, "DeBERTa"): contents meet a table of distances, which each layer projects as its
/// queries and keys are (`transformers.DisentangledSelfAttention`).
struct DisentangledPositions: Sendable {
    /// The greatest distance that is told apart.
    let farthest: Int
    /// The number of buckets on either side; nil for a row for each distance.
    let buckets: Int?
    /// Whether queries meet distances (c2p).
    let hasKeys: Bool
    /// Whether keys meet distances (p2c).
    let hasQueries: Bool
    /// Whether distances are projected by the matrices of queries and keys, not by their own.
    let sharesProjections: Bool
    /// Whether the table is normalised first.
    let isNormalised: Bool
    /// Whether there is a table at all.
    let hasTable: Bool

    private static let table = "encoder.rel_embeddings"
    private static let norm = "encoder.LayerNorm"
    /// No text is longer.
    private static let maximumReach = 1 << 20

    /// Half of the rows of the table.
    var span: Int { buckets ?? farthest }

    /// How attention takes account of the distances.
    func scheme(_ config: BertConfig) -> PositionScheme {
        guard hasTable, hasKeys || hasQueries else { return .none }
        return .relative(
            RelativeDesign { prefix, path in
                parameterSpecs(prefix, path, hidden: config.hiddenSize)
            } make: { loader, prefix, path in
                try tables(loader, prefix, path, epsilon: config.layerNormEps)
            })
    }

    private func parameterSpecs(_ prefix: String, _ path: String, hidden: Int) -> [ParameterSpec] {
        var specs = [ParameterSpec("\(prefix)\(Self.table).weight", [2 * span, hidden])]
        if isNormalised { specs += ParameterSpec.layerNorm(prefix + Self.norm, hidden) }
        if !sharesProjections {
            if hasKeys { specs += ParameterSpec.linear(path + "attention.self.pos_key_proj", in: hidden, out: hidden) }
            if hasQueries {
                specs += ParameterSpec.linear(path + "attention.self.pos_query_proj", in: hidden, out: hidden)
            }
        }
        return specs
    }

    private func tables(
        _ loader: WeightLoader, _ prefix: String, _ path: String, epsilon: Double
    ) throws -> RelativeAttention {
        let backend = loader.backend
        let table = try loader.once(prefix + Self.table) {
            let rows = try loader.tensor("\(prefix)\(Self.table).weight")
            guard isNormalised else { return rows }
            return try backend.layerNorm(
                rows, residual: nil, loader.layerNorm(NormDesign(prefix + Self.norm), epsilon: epsilon))
        }
        func projected(_ shared: String, _ own: String) throws -> Tensor {
            let weights = try loader.linear("\(path)attention.self.\(sharesProjections ? shared : own)")
            return try backend.linear(table, weights, activation: nil, residual: nil)
        }
        return RelativeAttention(
            keys: hasKeys ? try projected("key_proj", "pos_key_proj") : nil,
            queries: hasQueries ? try projected("query_proj", "pos_query_proj") : nil,
            rows: try loader.once("\(prefix)\(Self.table).rows") { try backend.indices(rows) })
    }

    /// The row of the table for each distance, place of the key − place of the query, from −R to R: beyond R the rows are those
    /// of R.
    var rows: [Int32] {
        var reach = 1
        // With two or three buckets all distances above 1 share one, and the table's ends are never reached.
        if let buckets, buckets / 2 == 1 {
            reach = 2
        } else {
            while reach < Self.maximumReach, row(-reach) != Int32(2 * span - 1) || row(reach) != 0 { reach += 1 }
        }
        return (-reach...reach).map(row)
    }

    /// clamp(bucket(−distance) + span, 0, 2 · span − 1).
    private func row(_ distance: Int) -> Int32 { Int32(min(max(bucket(-distance) + span, 0), 2 * span - 1)) }

    /// The bucket of how far a query is behind a key (`transformers.make_log_bucket_position`): small distances have their own,
    /// larger ones share them on a logarithmic scale.
    func bucket(_ distance: Int) -> Int {
        guard let buckets else { return distance }
        let (middle, size) = (buckets / 2, abs(distance))
        guard size > middle else { return distance }
        let steps = log(Double(size) / Double(middle)) / log(Double(farthest - 1) / Double(middle)) * Double(middle - 1)
        let bucket = Int(steps.rounded(.up)) + middle
        return distance < 0 ? -bucket : bucket
    }
}
