import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The distance table of disentangled attention (He et al. 2021, "DeBERTa"; `transformers.DisentangledSelfAttention`).
///
/// Each layer projects the table in the same way as its queries and keys.
struct DisentangledPositions: Sendable {
    /// The greatest distinct distance.
    let farthest: Int
    /// The number of buckets on either side; nil if every distance has its own row.
    let buckets: Int?
    /// Whether scores include queries times distances (c2p).
    let hasKeys: Bool
    /// Whether scores include keys times distances (p2c).
    let hasQueries: Bool
    /// Whether distances are projected by the matrices of queries and keys instead of separate ones.
    let sharesProjections: Bool
    /// Whether the table is normalized before it is projected.
    let isNormalised: Bool
    /// Whether there is a table.
    let hasTable: Bool

    private static let table = "encoder.rel_embeddings"
    private static let norm = "encoder.LayerNorm"
    /// An upper bound for the length of sequences.
    private static let maximumReach = 1 << 20

    /// Half the number of rows in the table.
    var span: Int { buckets ?? farthest }

    /// Returns the position scheme of the attention layers.
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
    ) throws -> RelativeDesign.Tables {
        let backend = loader.backend
        let table = try loader.once(prefix + Self.table) {
            let rows = try loader.tensor("\(prefix)\(Self.table).weight")
            guard isNormalised else { return rows }
            return try backend.layerNorm(
                rows, residual: nil, loader.layerNorm(NormDesign(prefix + Self.norm), epsilon: epsilon))
        }
        func weights(_ shared: String, _ own: String) throws -> PreparedLinear {
            try loader.linear("\(path)attention.self.\(sharesProjections ? shared : own)")
        }
        let keys = hasKeys ? try weights("key_proj", "pos_key_proj") : nil
        let queries = hasQueries ? try weights("query_proj", "pos_query_proj") : nil
        let distances = try loader.once("\(prefix)\(Self.table).rows") { try backend.indices(rows) }
        return { dropout, backend in
            let table = try dropout.map { try backend.dropout(table, $0) } ?? table
            func projected(_ weights: PreparedLinear) throws -> Tensor {
                try backend.linear(table, weights, activation: nil, residual: nil)
            }
            return RelativeAttention(
                keys: try keys.map(projected), queries: try queries.map(projected), rows: distances)
        }
    }

    /// The row of the table for each distance place(key) − place(query), from −R to R. Greater distances use the rows
    /// of ±R.
    var rows: [Int32] {
        var reach = 1
        // With two or three buckets, all distances above 1 share a bucket, and the ends of the table are never reached.
        if let buckets, buckets / 2 == 1 {
            reach = 2
        } else {
            while reach < Self.maximumReach, row(-reach) != Int32(2 * span - 1) || row(reach) != 0 { reach += 1 }
        }
        return (-reach...reach).map(row)
    }

    /// clamp(bucket(−distance) + span, 0, 2 · span − 1).
    private func row(_ distance: Int) -> Int32 { Int32(min(max(bucket(-distance) + span, 0), 2 * span - 1)) }

    /// Returns the bucket of a distance (`transformers.make_log_bucket_position`).
    ///
    /// Small distances have their own buckets; larger ones share buckets on a logarithmic scale.
    func bucket(_ distance: Int) -> Int {
        guard let buckets else { return distance }
        let (middle, size) = (buckets / 2, abs(distance))
        guard size > middle else { return distance }
        let steps = log(Double(size) / Double(middle)) / log(Double(farthest - 1) / Double(middle)) * Double(middle - 1)
        let bucket = Int(steps.rounded(.up)) + middle
        return distance < 0 ? -bucket : bucket
    }
}
