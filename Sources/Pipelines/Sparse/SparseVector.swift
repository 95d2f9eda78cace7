/// A vector of which only the components that are not 0 are kept; as JSON `[{"index":…,"value":…},…]`.
public struct SparseVector: Sendable, Hashable {
    /// The components' numbers, rising: the ids of tokens.
    public let indices: [Int32]
    /// Their values.
    public let values: [Float]

    /// - Parameters:
    ///   - dense: all components.
    ///   - limit: how many of the greatest are kept, of equals the first; all if nil (`max_active_dims`).
    init(_ dense: [Float], limit: Int?) {
        var kept = dense.indices.filter { dense[$0] != 0 }
        if let limit, kept.count > limit {
            kept.sort { dense[$0] == dense[$1] ? $0 < $1 : dense[$0] > dense[$1] }
            kept = kept.prefix(limit).sorted()
        }
        indices = kept.map(Int32.init)
        values = kept.map { dense[$0] }
    }

    /// The scalar product, by which sparse vectors are compared.
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
