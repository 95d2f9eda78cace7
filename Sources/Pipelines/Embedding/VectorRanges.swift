import BertCore

/// The least and the greatest value of each component of some vectors, which stand for all that are quantised with them.
public struct VectorRanges: Sendable, Hashable {
    /// The least value of each component.
    public private(set) var minima: [Float]
    /// The greatest value of each component.
    public private(set) var maxima: [Float]

    /// The ranges of some vectors; two of them may be the minima and the maxima themselves.
    ///
    /// - Throws: ``BertError`` with code `invalidArgument` for no vectors, for some of different widths, and for numbers
    ///   that are not finite.
    public init(of vectors: some Sequence<[Float]>) throws {
        var vectors = vectors.makeIterator()
        guard let first = vectors.next() else {
            throw BertError(.invalidArgument, "ranges need at least one vector to be taken from")
        }
        (minima, maxima) = (first, first)
        try add(first)
        while let vector = vectors.next() { try add(vector) }
    }

    /// Widens the ranges so that a vector lies within them.
    ///
    /// - Throws: ``BertError`` with code `invalidArgument` for a vector of another width or with numbers that are not
    ///   finite.
    public mutating func add(_ vector: [Float]) throws {
        guard vector.count == minima.count, vector.allSatisfy(\.isFinite) else {
            throw BertError(
                .invalidArgument,
                """
                ranges of \(minima.count) components can't be widened by a vector of \(vector.count)\
                \(vector.allSatisfy(\.isFinite) ? "" : ", some of which are not finite")
                """)
        }
        for (index, value) in vector.enumerated() {
            minima[index] = min(minima[index], value)
            maxima[index] = max(maxima[index], value)
        }
    }
}
