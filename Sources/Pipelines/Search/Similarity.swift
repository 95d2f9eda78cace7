public import BertCore
import BertJSON

/// The similarity functions, with the names of `similarity_fn_name` in sentence-transformers. Greater values are more
/// similar.
public enum Similarity: String, Sendable, CaseIterable {
    /// The cosine of the angle, from -1 to 1; 0 for a zero vector.
    case cosine
    /// The dot product.
    case dot
    /// The negative Euclidean distance.
    case euclidean
    /// The negative Manhattan distance.
    case manhattan

    /// Reads the function of a folder; nil if it isn't specified.
    ///
    /// - Throws: `JSONError`; ``BertError`` with code `invalidConfiguration` for an unknown name.
    init?(_ node: JSONNode?) throws {
        guard let node, !node.isNull else { return nil }
        let name = try node.string()
        guard let similarity = Self(rawValue: name) else {
            let names = Self.allCases.map(\.rawValue)
            throw BertError(
                .invalidConfiguration, "unknown similarity \"\(name)\"; use one of \(names.joined(separator: ", "))",
                file: node.source, key: node.path, value: .string(name), choices: names)
        }
        self = similarity
    }

    /// Computes the similarities of two lists of vectors: row i, column j compares `a[i]` with `b[j]`.
    ///
    /// - Throws: ``BertError`` with code `invalidInput` for vectors of different dimensions; errors of the backend.
    public func matrix(_ a: [[Float]], _ b: [[Float]], on backend: any ComputeBackend) throws -> [[Float]] {
        guard let width = (a.first ?? b.first)?.count, !b.isEmpty else { return a.map { _ in [] } }
        let (a, b) = (try VectorBlock(a, width: width), try VectorBlock(b, width: width))
        let scores = try backend.floats(
            self.scores(
                prepared(a.tensor(on: backend), on: backend), prepared(b.tensor(on: backend), on: backend), on: backend)
        )
        return (0..<a.count).map { Array(scores[$0 * b.count..<($0 + 1) * b.count]) }
    }

    /// Returns vectors `[n, width]` in the form that ``scores(_:_:on:)`` requires.
    func prepared(_ x: Tensor, on backend: any ComputeBackend) throws -> Tensor {
        self == .cosine ? try backend.l2Normalize(x, epsilon: 1e-12) : x
    }

    /// Returns the similarities: `[m, width]`, `[n, width]` → `[m, n]`.
    func scores(_ a: Tensor, _ b: Tensor, on backend: any ComputeBackend) throws -> Tensor {
        switch self {
        case .cosine, .dot: return try backend.matmul(a, b, transposeA: false, transposeB: true, scale: 1)
        case .euclidean, .manhattan:
            // Processed row by row, because all differences would need m · n · width elements.
            let rows = try (0..<a.shape[0]).map { row in
                try distances(backend.slice(a, axis: 0, range: row..<row + 1), b, on: backend)
            }
            return rows.isEmpty
                ? try backend.constant([], shape: [0, b.shape[0]]) : try backend.concatenate(rows, axis: 0)
        }
    }

    /// Returns negative distances: `[1, width]`, `[n, width]` → `[1, n]`.
    private func distances(_ a: Tensor, _ b: Tensor, on backend: any ComputeBackend) throws -> Tensor {
        let difference = try backend.binary(.subtract, b, a)
        let parts =
            self == .manhattan
            ? try backend.unary(.abs, difference) : try backend.binary(.multiply, difference, difference)
        let sums = try backend.reduce(.sum, parts, axis: 1)
        let distances = self == .manhattan ? sums : try backend.unary(.sqrt, sums)
        return try backend.unary(.negate, distances).reshaped(to: [1, b.shape[0]])
    }
}
