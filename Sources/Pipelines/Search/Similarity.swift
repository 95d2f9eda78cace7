public import BertCore
import BertJSON

/// How alike two vectors are, by the names of sentence-transformers' `similarity_fn_name`. More is more alike.
public enum Similarity: String, Sendable, CaseIterable {
    /// The cosine of the angle between them, from -1 to 1; 0 with a vector of length 0.
    case cosine
    /// Their scalar product.
    case dot
    /// The distance between them, negative.
    case euclidean
    /// The sum of the distances between their components, negative.
    case manhattan

    /// What a folder says; nil if it says nothing.
    ///
    /// - Throws: `JSONError`; ``BertError`` with code `invalidConfiguration` for another name.
    init?(_ node: JSONNode?) throws {
        guard let node, !node.isNull else { return nil }
        let name = try node.string()
        guard let similarity = Self(rawValue: name) else {
            throw BertError(
                .invalidConfiguration,
                """
                \(node.source ?? ""): \(node.path): there is no similarity "\(name)"; there are \
                \(Self.allCases.map(\.rawValue).joined(separator: ", "))
                """)
        }
        self = similarity
    }

    /// How alike each of some vectors is to each of others: row i, column j compares `a[i]` with `b[j]`.
    ///
    /// - Throws: ``BertError`` with code `invalidInput` for vectors of different widths; what the backend throws.
    public func matrix(_ a: [[Float]], _ b: [[Float]], on backend: any ComputeBackend) throws -> [[Float]] {
        guard let width = (a.first ?? b.first)?.count, !b.isEmpty else { return a.map { _ in [] } }
        let (a, b) = (try VectorBlock(a, width: width), try VectorBlock(b, width: width))
        let scores = try backend.floats(
            self.scores(
                prepared(a.tensor(on: backend), on: backend), prepared(b.tensor(on: backend), on: backend), on: backend)
        )
        return (0..<a.count).map { Array(scores[$0 * b.count..<($0 + 1) * b.count]) }
    }

    /// Vectors `[n, width]` as ``scores(_:_:on:)`` takes them.
    func prepared(_ x: Tensor, on backend: any ComputeBackend) throws -> Tensor {
        self == .cosine ? try backend.l2Normalize(x, epsilon: 1e-12) : x
    }

    /// `[m, width]`, `[n, width]` → `[m, n]`.
    func scores(_ a: Tensor, _ b: Tensor, on backend: any ComputeBackend) throws -> Tensor {
        switch self {
        case .cosine, .dot: return try backend.matmul(a, b, transposeA: false, transposeB: true, scale: 1)
        case .euclidean, .manhattan:
            // A row at a time: all differences at once would take m · n · width.
            let rows = try (0..<a.shape[0]).map { row in
                try distances(backend.slice(a, axis: 0, range: row..<row + 1), b, on: backend)
            }
            return rows.isEmpty
                ? try backend.constant([], shape: [0, b.shape[0]]) : try backend.concatenate(rows, axis: 0)
        }
    }

    /// `[1, width]`, `[n, width]` → `[1, n]`, negative.
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
