import BertCore

/// The minimum and maximum of each component over a sample of vectors, used for quantization.
public struct VectorRanges: Sendable, Hashable {
    /// The minimum of each component.
    public private(set) var minima: [Float]
    /// The maximum of each component.
    public private(set) var maxima: [Float]

    /// Creates ranges from vectors. Two of them may be the minima and maxima themselves.
    ///
    /// - Throws: ``BertError`` with code `invalidArgument` if there are no vectors, their dimensions differ, or they
    ///   contain non-finite numbers.
    public init(of vectors: some Sequence<[Float]>) throws {
        var vectors = vectors.makeIterator()
        guard let first = vectors.next() else {
            throw BertError(.invalidArgument, "ranges require at least one vector")
        }
        (minima, maxima) = (first, first)
        try add(first)
        while let vector = vectors.next() { try add(vector) }
    }

    /// Extends the ranges to include a vector.
    ///
    /// - Throws: ``BertError`` with code `invalidArgument` if the vector has a different dimension or contains
    ///   non-finite numbers.
    public mutating func add(_ vector: [Float]) throws {
        guard vector.count == minima.count, vector.allSatisfy(\.isFinite) else {
            throw BertError(
                .invalidArgument,
                """
                ranges of \(minima.count) components can't be extended with a vector of \(vector.count)\
                \(vector.allSatisfy(\.isFinite) ? "" : ", some of which are not finite")
                """)
        }
        for (index, value) in vector.enumerated() {
            minima[index] = min(minima[index], value)
            maxima[index] = max(maxima[index], value)
        }
    }
}
