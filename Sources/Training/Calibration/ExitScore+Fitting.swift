import BertCore
public import BertModels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension ExitScore {
    /// Fits a logistic regression after each layer except the last, which predicts whether the off-ramp's answer is the
    /// whole model's. Labels aren't needed. The threshold is 1, which no score exceeds.
    ///
    /// - Throws: ``BertError`` with code `invalidInput` if the features don't determine a regression.
    public init(fittedTo data: ExitData) throws {
        let features = Feature.allCases
        let whole = data.answers[data.layerCount]
        let layers = try (0..<data.layerCount - 1).map { layer -> Layer? in
            let rows = data.texts.map { text in
                Feature.values(
                    features, logits: text.offRamps[layer], previous: layer > 0 ? text.offRamps[layer - 1] : nil,
                    tokens: text.tokens)
            }
            let targets = whole.indices.map { data.answers[layer][$0] == whole[$0] ? 1.0 : 0 }
            return try LogisticRegression(rows, targets).layer
        }
        self.init(threshold: 1, features: features, layers: layers + [nil])
    }

    /// Returns the score of a text after a layer.
    func probability(of text: Int, after layer: Int, in data: ExitData) -> Double {
        let text = data.texts[text]
        return layers[layer]?.probability(
            Feature.values(
                features, logits: text.offRamps[layer], previous: layer > 0 ? text.offRamps[layer - 1] : nil,
                tokens: text.tokens)) ?? 0
    }
}

/// A logistic regression with a small ridge penalty, fitted by Newton's method on standardized features.
struct LogisticRegression {
    /// The regression for features that aren't standardized.
    let layer: ExitScore.Layer

    /// The penalty of squared weights per row.
    private static let ridge = 1e-4

    /// - Parameters:
    ///   - rows: The features of each text. There is at least one text.
    ///   - targets: 0 or 1 for each text.
    init(_ rows: [[Double]], _ targets: [Double]) throws {
        let width = rows[0].count
        let count = Double(rows.count)
        let means = (0..<width).map { column in rows.reduce(0) { $0 + $1[column] } / count }
        let deviations = (0..<width).map { column in
            (rows.reduce(0) { $0 + ($1[column] - means[column]) * ($1[column] - means[column]) } / count).squareRoot()
        }
        // A constant feature contains no information.
        let scales = deviations.map { $0 > 1e-9 ? 1 / $0 : 0 }
        let inputs: [Double] = rows.flatMap { row -> [Double] in
            [1] + (0..<width).map { (row[$0] - means[$0]) * scales[$0] }
        }
        var weights = [Double](repeating: 0, count: width + 1)
        for _ in 0..<50 {
            var gradient = weights.enumerated().map { $0 == 0 ? 0 : Self.ridge * count * $1 }
            var curvature = [[Double]](repeating: [Double](repeating: 0, count: width + 1), count: width + 1)
            for column in 0...width { curvature[column][column] = column == 0 ? 1e-9 : Self.ridge * count }
            for (row, target) in targets.enumerated() {
                let x = inputs[row * (width + 1)..<(row + 1) * (width + 1)]
                var sum = 0.0
                for column in 0...width { sum += weights[column] * x[x.startIndex + column] }
                let p = 1 / (1 + exp(-sum))
                for column in 0...width {
                    gradient[column] += (p - target) * x[x.startIndex + column]
                    let share = p * (1 - p) * x[x.startIndex + column]
                    for other in 0...column { curvature[column][other] += share * x[x.startIndex + other] }
                }
            }
            let step = try Self.solve(curvature, gradient)
            // If the classes are almost separable, the first steps overshoot.
            let length = step.map(\.magnitude).max() ?? 0
            let factor = length > 5 ? 5 / length : 1
            for column in 0...width { weights[column] -= factor * step[column] }
            if length < 1e-10 { break }
        }
        let raw = (0..<width).map { weights[$0 + 1] * scales[$0] }
        layer = ExitScore.Layer(bias: weights[0] - zip(raw, means).reduce(0) { $0 + $1.0 * $1.1 }, weights: raw)
    }

    /// Solves a symmetric positive definite system, given its lower triangle, with a Cholesky decomposition.
    private static func solve(_ matrix: [[Double]], _ right: [Double]) throws -> [Double] {
        var (lower, x) = (matrix, right)
        for row in lower.indices {
            for column in 0...row {
                var sum = lower[row][column]
                for k in 0..<column { sum -= lower[row][k] * lower[column][k] }
                if row == column {
                    guard sum > 0 else {
                        throw BertError(.invalidInput, "no exit score can be fitted to the logits of the off-ramps")
                    }
                    lower[row][row] = sum.squareRoot()
                } else {
                    lower[row][column] = sum / lower[column][column]
                }
            }
        }
        for row in x.indices {
            for k in 0..<row { x[row] -= lower[row][k] * x[k] }
            x[row] /= lower[row][row]
        }
        for row in x.indices.reversed() {
            for k in row + 1..<x.count { x[row] -= lower[k][row] * x[k] }
            x[row] /= lower[row][row]
        }
        return x
    }
}
