public import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A loss of sentence embeddings, like those of `sentence-transformers`.
public enum EmbeddingLoss: Sendable, Hashable {
    /// The cross-entropy of scale · cosine(anchor i, candidate j), where j = i is correct. The positives of the other
    /// rows and all explicit negatives are incorrect candidates (Henderson et al., 2017).
    /// `MultipleNegativesRankingLoss`, scale 20.
    case multipleNegativesRanking(scale: Double = 20)
    /// The mean of (cosine(a, b) − score)². `CosineSimilarityLoss`.
    case cosineSimilarity
    /// log(1 + Σ exp(scale · (cosine i − cosine j))) over all pairs with score i < score j. `CoSENTLoss`, scale 20.
    case coSENT(scale: Double = 20)
    /// The mean of max(‖a − p‖ − ‖a − n‖ + margin, 0). `TripletLoss`, Euclidean, margin 5.
    case triplet(margin: Double = 5)
    /// The mean of (a·p − a·n − score)². `MarginMSELoss`, whose scores are the margins of a teacher.
    case marginMSE

    /// The epsilon that PyTorch's `pairwise_distance` adds to each difference.
    private static let distanceEpsilon = 1e-6
    /// The minimum norm (`torch.nn.functional.normalize`, `cosine_similarity`).
    static let lengthEpsilon = 1e-12

    /// The permitted number of embeddings per row.
    public var columns: ClosedRange<Int> {
        switch self {
        case .multipleNegativesRanking: 2...Int.max
        case .cosineSimilarity, .coSENT: 2...2
        case .triplet, .marginMSE: 3...3
        }
    }

    /// Whether the loss uses a score for each row.
    public var takesScores: Bool {
        switch self {
        case .cosineSimilarity, .coSENT, .marginMSE: true
        case .multipleNegativesRanking, .triplet: false
        }
    }

    /// Computes the loss of a batch.
    ///
    /// - Parameters:
    ///   - columns: The embeddings `[rows, size]` of each column (anchors, positives, negatives, …), in row-major
    ///     order.
    ///   - size: The number of components of an embedding.
    ///   - scores: A score for each row, for losses that use scores.
    ///   - backend: A backend that computes the products of losses that compare all embeddings with each other, in
    ///     float32; nil to compute them in double precision on this thread.
    /// - Returns: The loss, and the gradient of each column.
    /// - Throws: ``BertCore/BertError`` with code `invalidInput` for invalid columns or scores; errors of the backend.
    public func callAsFunction(
        _ columns: [[Float]], size: Int, scores: [Float]? = nil, on backend: (any ComputeBackend)? = nil
    ) throws -> (value: Double, gradients: [[Double]]) {
        guard self.columns.contains(columns.count), Set(columns.map(\.count)).count == 1, size > 0 else {
            throw BertError(
                .invalidInput,
                "\(self) requires \(self.columns.lowerBound) columns with the same number of texts; there are \(columns.count) columns"
            )
        }
        let rows = columns[0].count / size
        guard takesScores == (scores != nil), (scores?.count ?? rows) == rows else {
            throw BertError(
                .invalidInput,
                takesScores
                    ? "\(self) requires a score for each of the \(rows) rows; there are \(scores?.count ?? 0)"
                    : "\(self) doesn't support scores", key: "scores")
        }
        if let backend, case .multipleNegativesRanking(let scale) = self {
            return try Self.ranking(columns, size: size, scale, on: backend)
        }
        let vectors = columns.map { column in
            (0..<rows).map { row in column[row * size..<(row + 1) * size].map(Double.init) }
        }
        let scores = scores?.map(Double.init) ?? []
        let (value, gradients) =
            switch self {
            case .multipleNegativesRanking(let scale): Self.ranking(vectors, scale)
            case .cosineSimilarity:
                Self.pairwise(vectors) { cosines in
                    let differences = zip(cosines, scores).map(-)
                    let count = Double(rows)
                    return (
                        differences.reduce(0) { $0 + $1 * $1 } / count, differences.map { 2 * $0 / count }
                    )
                }
            case .coSENT(let scale): Self.pairwise(vectors) { Self.ordering($0, scores, scale) }
            case .triplet(let margin): Self.triplets(vectors, margin)
            case .marginMSE: Self.margins(vectors, scores)
            }
        return (value, gradients.map { $0.flatMap { $0 } })
    }

    private typealias Vectors = [[Double]]

    // MARK: Cosines

    /// Returns the unit vector of a vector, and the vector's norm.
    private static func unit(_ vector: [Double]) -> (vector: [Double], length: Double) {
        let length = max(vector.reduce(0) { $0 + $1 * $1 }.squareRoot(), lengthEpsilon)
        return (vector.map { $0 / length }, length)
    }

    private static func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

    /// Returns the gradient of a vector, given the gradient of its unit vector.
    private static func unscaled(_ g: [Double], _ unit: (vector: [Double], length: Double)) -> [Double] {
        let along = dot(g, unit.vector)
        return zip(g, unit.vector).map { ($0 - $1 * along) / unit.length }
    }

    private static func ranking(_ columns: [Vectors], _ scale: Double) -> (Double, [Vectors]) {
        let units = columns.map { $0.map(unit) }
        let (rows, size) = (columns[0].count, columns[0].first?.count ?? 0)
        let candidates = units.dropFirst().flatMap { $0 }
        var (value, anchors) = (0.0, Vectors())
        var others = Vectors(repeating: Array(repeating: 0, count: size), count: candidates.count)
        for row in 0..<rows {
            let anchor = units[0][row].vector
            let scores = candidates.map { scale * dot(anchor, $0.vector) }
            let greatest = scores.max() ?? 0
            let sum = scores.reduce(0) { $0 + exp($1 - greatest) }
            value -= (scores[row] - greatest - log(sum)) / Double(rows)
            var gradient = [Double](repeating: 0, count: size)
            for (index, score) in scores.enumerated() {
                let slope = scale * (exp(score - greatest) / sum - (index == row ? 1 : 0)) / Double(rows)
                for i in 0..<size {
                    gradient[i] += slope * candidates[index].vector[i]
                    others[index][i] += slope * anchor[i]
                }
            }
            anchors.append(unscaled(gradient, units[0][row]))
        }
        let gradients = zip(others, candidates).map(unscaled)
        return (
            value,
            [anchors] + stride(from: 0, to: gradients.count, by: max(rows, 1)).map { Array(gradients[$0..<$0 + rows]) }
        )
    }

    /// Computes a loss of the cosine of each row's two embeddings.
    private static func pairwise(
        _ columns: [Vectors], _ loss: ([Double]) -> (Double, slopes: [Double])
    ) -> (Double, [Vectors]) {
        let (a, b) = (columns[0].map(unit), columns[1].map(unit))
        let (value, slopes) = loss(zip(a, b).map { dot($0.vector, $1.vector) })
        var gradients: [Vectors] = [[], []]
        for (row, slope) in slopes.enumerated() {
            gradients[0].append(unscaled(b[row].vector.map { $0 * slope }, a[row]))
            gradients[1].append(unscaled(a[row].vector.map { $0 * slope }, b[row]))
        }
        return (value, gradients)
    }

    /// Computes the CoSENT loss of cosines, which should be in the order of the scores.
    private static func ordering(_ cosines: [Double], _ scores: [Double], _ scale: Double) -> (Double, [Double]) {
        var terms: [(value: Double, i: Int, j: Int)] = []
        for i in cosines.indices {
            for j in cosines.indices where scores[i] < scores[j] {
                terms.append((scale * (cosines[i] - cosines[j]), i, j))
            }
        }
        let greatest = max(terms.map(\.value).max() ?? 0, 0)
        let sum = terms.reduce(exp(-greatest)) { $0 + exp($1.value - greatest) }
        var slopes = [Double](repeating: 0, count: cosines.count)
        for term in terms {
            let share = scale * exp(term.value - greatest) / sum
            slopes[term.i] += share
            slopes[term.j] -= share
        }
        return (greatest + log(sum), slopes)
    }

    // MARK: Distances and products

    private static func triplets(_ columns: [Vectors], _ margin: Double) -> (Double, [Vectors]) {
        let rows = columns[0].count
        var value = 0.0
        var gradients = columns.map { $0.map { [Double](repeating: 0, count: $0.count) } }
        for row in 0..<rows {
            let (a, p, n) = (columns[0][row], columns[1][row], columns[2][row])
            let near = zip(a, p).map { $0 - $1 + distanceEpsilon }
            let far = zip(a, n).map { $0 - $1 + distanceEpsilon }
            let (nearLength, farLength) = (dot(near, near).squareRoot(), dot(far, far).squareRoot())
            let loss = nearLength - farLength + margin
            guard loss > 0 else { continue }
            value += loss / Double(rows)
            for i in a.indices {
                let toPositive = nearLength > 0 ? near[i] / nearLength / Double(rows) : 0
                let toNegative = farLength > 0 ? far[i] / farLength / Double(rows) : 0
                gradients[0][row][i] = toPositive - toNegative
                gradients[1][row][i] = -toPositive
                gradients[2][row][i] = toNegative
            }
        }
        return (value, gradients)
    }

    private static func margins(_ columns: [Vectors], _ scores: [Double]) -> (Double, [Vectors]) {
        let rows = columns[0].count
        var value = 0.0
        var gradients: [Vectors] = [[], [], []]
        for row in 0..<rows {
            let (a, p, n) = (columns[0][row], columns[1][row], columns[2][row])
            let difference = dot(a, p) - dot(a, n) - scores[row]
            value += difference * difference / Double(rows)
            let slope = 2 * difference / Double(rows)
            gradients[0].append(zip(p, n).map { slope * ($0 - $1) })
            gradients[1].append(a.map { slope * $0 })
            gradients[2].append(a.map { -slope * $0 })
        }
        return (value, gradients)
    }
}

extension EmbeddingLoss: CustomStringConvertible {
    /// The loss's name on the command line, such as `multiple-negatives-ranking`.
    public var description: String {
        switch self {
        case .multipleNegativesRanking: "multiple-negatives-ranking"
        case .cosineSimilarity: "cosine-similarity"
        case .coSENT: "cosent"
        case .triplet: "triplet"
        case .marginMSE: "margin-mse"
        }
    }
}
