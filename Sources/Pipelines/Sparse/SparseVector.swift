import BertCore

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

    /// Creates a vector.
    ///
    /// - Parameters:
    ///   - indices: The indices of the components, in ascending order.
    ///   - values: The values of the components.
    /// - Throws: ``BertError`` with code `invalidInput` if the counts differ, an index is negative or out of order, or
    ///   a value is not finite.
    public init(indices: [Int32], values: [Float]) throws {
        guard indices.count == values.count else {
            throw BertError(
                .invalidInput,
                "a sparse vector has \(indices.count) indices but \(values.count) values")
        }
        guard indices.first ?? 0 >= 0, zip(indices, indices.dropFirst()).allSatisfy(<) else {
            throw BertError(.invalidInput, "the indices of a sparse vector must be ascending, and at least 0")
        }
        guard values.allSatisfy(\.isFinite) else {
            throw BertError(.invalidInput, "a sparse vector has components that are not finite")
        }
        self.indices = indices
        self.values = values
    }

    /// Returns the dot product.
    public func dot(_ other: SparseVector) -> Float {
        var sum: Float = 0
        forEachPair(with: other) { sum += $0 * $1 }
        return sum
    }

    /// Calls `body` with both values of every component that either vector has.
    fileprivate func forEachPair(with other: SparseVector, _ body: (Float, Float) -> Void) {
        var (a, b) = (0, 0)
        while a < indices.count || b < other.indices.count {
            let first = a < indices.count ? indices[a] : .max
            let second = b < other.indices.count ? other.indices[b] : .max
            body(first <= second ? values[a] : 0, second <= first ? other.values[b] : 0)
            if first <= second { a += 1 }
            if second <= first { b += 1 }
        }
    }
}

extension Similarity {
    /// Returns the similarity of two sparse vectors: greater is more similar, so a distance is negated.
    public func score(_ a: SparseVector, _ b: SparseVector) -> Float {
        switch self {
        case .dot: return a.dot(b)
        case .cosine:
            let lengths = (a.dot(a) * b.dot(b)).squareRoot()
            return lengths > 0 ? a.dot(b) / lengths : 0
        case .euclidean:
            var sum: Float = 0
            a.forEachPair(with: b) { sum += ($0 - $1) * ($0 - $1) }
            return -sum.squareRoot()
        case .manhattan:
            var sum: Float = 0
            a.forEachPair(with: b) { sum += abs($0 - $1) }
            return -sum
        }
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
