extension Metrics {
    /// Returns the Pearson correlation coefficient, or NaN if one of the variables is constant.
    public static func pearson(_ x: [Double], _ y: [Double]) -> Double {
        let count = Double(x.count)
        let (meanX, meanY) = (x.reduce(0, +) / count, y.reduce(0, +) / count)
        var (products, squaresX, squaresY) = (0.0, 0.0, 0.0)
        for (x, y) in zip(x, y) {
            products += (x - meanX) * (y - meanY)
            squaresX += (x - meanX) * (x - meanX)
            squaresY += (y - meanY) * (y - meanY)
        }
        return products / (squaresX * squaresY).squareRoot()
    }

    /// Returns the Spearman rank correlation coefficient. Equal values have the mean of their ranks.
    public static func spearman(_ x: [Double], _ y: [Double]) -> Double { pearson(ranks(x), ranks(y)) }

    /// Returns the rank of each value, counted from 1. Equal values have the mean of their ranks.
    static func ranks(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var ranks = [Double](repeating: 0, count: values.count)
        var start = 0
        while start < order.count {
            var end = start + 1
            while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
            for place in start..<end { ranks[order[place]] = Double(start + end + 1) / 2 }
            start = end
        }
        return ranks
    }

    /// Returns the mean squared error.
    public static func meanSquaredError(_ x: [Double], _ y: [Double]) -> Double {
        zip(x, y).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / Double(x.count)
    }
}
