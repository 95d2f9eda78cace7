import BertTraining

/// A plot of accuracy against cost in text characters.
struct TradeOffPlot {
    private let report: CalibrationReport
    private static let (width, height) = (64, 14)

    init(_ report: CalibrationReport) { self.report = report }

    /// The plot with its legend.
    var lines: [String] {
        let scale = TradeOffScale(report)
        var grid = [[Character]](repeating: Array(repeating: " ", count: Self.width), count: Self.height)
        func mark(_ x: Double, _ y: Double, _ letter: Character) {
            let column = Int((scale.x(x) * Double(Self.width - 1)).rounded())
            let row = Int(((1 - scale.y(y)) * Double(Self.height - 1)).rounded())
            guard grid.indices.contains(row), grid[row].indices.contains(column) else { return }
            grid[row][column] = letter
        }
        let level = Int(((1 - scale.y(scale.whole)) * Double(Self.height - 1)).rounded())
        if grid.indices.contains(level) { grid[level] = Array(repeating: "·", count: Self.width) }
        for row in report.result.rows {
            for point in row.curve { mark(scale.cost(point.outcome), scale.value(point.outcome), row.family.letter) }
        }
        if let outcome = report.result.chosen?.outcome { mark(scale.cost(outcome), scale.value(outcome), "◆") }
        let labels = (0..<Self.height).map { row -> String in
            let value =
                scale.values.upperBound
                - (scale.values.upperBound - scale.values.lowerBound) * Double(row) / Double(Self.height - 1)
            let text = row % 4 == 0 || row == level ? report.percent(row == level ? scale.whole : value) : ""
            return String(repeating: " ", count: max(0, 8 - text.count)) + text
        }
        let ticks = ["\(scale.costs.lowerBound.threeDigits)", "\(scale.costs.upperBound.threeDigits) \(scale.unit)"]
        let legend =
            report.result.rows.map { "\($0.family.letter) \($0.family.rawValue)" } + ["◆ chosen", "· full model"]
        return zip(labels, grid).map { "\($0) │\(String($1))" } + [
            String(repeating: " ", count: 9) + "└" + String(repeating: "─", count: Self.width),
            String(repeating: " ", count: 10) + ticks[0]
                + String(repeating: " ", count: max(1, Self.width - ticks[0].count - ticks[1].count)) + ticks[1],
            String(repeating: " ", count: 10) + legend.joined(separator: ", "),
        ]
    }
}

/// The axes of a plot: the mean cost of a text, and the share of correct answers.
struct TradeOffScale {
    let costs: ClosedRange<Double>
    let values: ClosedRange<Double>
    /// The value of the whole model.
    let whole: Double
    /// The unit of costs.
    let unit: String
    private let report: CalibrationReport
    private let factor: Double

    init(_ report: CalibrationReport) {
        self.report = report
        let (result, data) = (report.result, report.result.certifying)
        unit = result.costs.unit == .seconds ? "ms per text" : "layers per text"
        let tokens = data.tokens.mean
        let wholeCost = result.costs.unit == .seconds ? result.costs.whole * tokens * 1e3 : result.costs.whole
        factor = wholeCost
        whole = data.isLabelled ? data.accuracy(after: data.layerCount) ?? 1 : 1
        let outcomes = result.rows.flatMap { $0.curve.map(\.outcome) }
        let reached = outcomes.map { $0.accuracy ?? $0.agreement } + [whole]
        // Values far below the whole model's are of no practical use.
        let lowest = max(reached.min() ?? 0, whole - max(0.06, 6 * result.risk.targetLoss))
        values = lowest...max(reached.max() ?? 1, lowest + 0.01)
        costs = 0...wholeCost
    }

    /// Returns the mean cost of a text.
    func cost(_ outcome: ExitOutcome) -> Double {
        factor / report.result.speedUp(outcome, on: report.result.certifying)
    }

    /// Returns the share of correct answers, or of answers equal to the whole model's.
    func value(_ outcome: ExitOutcome) -> Double { outcome.accuracy ?? outcome.agreement }

    /// Returns the position of a cost, from 0 to 1.
    func x(_ cost: Double) -> Double { (cost - costs.lowerBound) / (costs.upperBound - costs.lowerBound) }

    /// Returns the position of a value, from 0 to 1, or below 0 for a value that isn't shown.
    func y(_ value: Double) -> Double { (value - values.lowerBound) / (values.upperBound - values.lowerBound) }
}

extension ExitFamily {
    /// The letter that marks the family in a plot.
    var letter: Character {
        switch self {
        case .entropy: "e"
        case .confidence: "c"
        case .entropyPerLayer: "l"
        case .patience: "p"
        case .entropyPatience: "q"
        case .score: "s"
        case .fixedLayer: "f"
        }
    }
}
