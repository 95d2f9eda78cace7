/// A sparse vector, which stores only its nonzero components. Its JSON is `[{"index":…,"value":…},…]`.
public struct SparseVector: Sendable, Hashable {
    /// The indices of the components in ascending order, which are token ids.
    public let indices: [Int32]
    /// The values of the components.
    public let values: [Float]

    /// Creates a sparse vector from a dense one.
    ///
    /// - Parameters:
    ///   - dense: All components.
    ///   - limit: The number of greatest components to keep, with ties resolved by index; nil for all
    ///     (`max_active_dims`).
    init(_ dense: [Float], limit: Int?) {
        var kept = dense.indices.filter { dense[$0] != 0 }
        if let limit, kept.count > limit {
            kept.sort { dense[$0] == dense[$1] ? $0 < $1 : dense[$0] > dense[$1] }
            kept = kept.prefix(limit).sorted()
        }
        indices = kept.map(Int32.init)
        values = kept.map { dense[$0] }
    }

    /// Returns the dot product, which is the similarity of sparse vectors.
    public func dot(_ other: SparseVector) -> Float {
        var (sum, a, b) = (Float(0), 0, 0)
        while a < indices.count, b < other.indices.count {
            if indices[a] == other.indices[b] { sum += values[a] * other.values[b] }
            let (first, second) = (indices[a], other.indices[b])
            if first <= second { a += 1 }
            if second <= first { b += 1 }
        }
        return sum
    }
}

extension SparseVector: Encodable {
    private struct Component: Encodable {
        let index: Int32
        let value: Float
    }

    public func encode(to encoder: any Encoder) throws {
        try zip(indices, values).map { Component(index: $0, value: $1) }.encode(to: encoder)
    }
}
