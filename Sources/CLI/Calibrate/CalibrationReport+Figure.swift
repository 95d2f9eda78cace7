import BertTraining

extension CalibrationReport {
    /// An SVG plot of accuracy against cost, with a line for each family, a dot for each setting, and a diamond for the
    /// chosen one.
    var figure: String {
        let scale = TradeOffScale(self)
        let (width, height, left, top) = (560.0, 320.0, 70.0, 40.0)
        func x(_ cost: Double) -> String { (left + scale.x(cost) * width).tenth }
        func y(_ value: Double) -> String { (top + (1 - scale.y(value)) * height).tenth }
        let title = data.isLabelled ? "right answers" : "agreement with the full model"
        var svg = [
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 820 430" font-family="sans-serif" font-size="12">
            """,
            "<title>Early exit of \(model.escaped): \(title) over \(scale.unit)</title>",
            "<rect width=\"820\" height=\"430\" fill=\"white\"/>",
            "<text x=\"\(left)\" y=\"24\" font-size=\"15\">\(modelName.escaped): \(title) over \(scale.unit)</text>",
        ]
        for step in 0...4 {
            let value = scale.values.lowerBound + (scale.values.upperBound - scale.values.lowerBound) * Double(step) / 4
            let cost = scale.costs.upperBound * Double(step) / 4
            svg += [
                "<path d=\"M\(left) \(y(value))h\(width)M\(x(cost)) \(top)v\(height)\" stroke=\"#ddd\"/>",
                "<text x=\"\(left - 8)\" y=\"\(y(value))\" dy=\"4\" text-anchor=\"end\">\(percent(value))</text>",
                "<text x=\"\(x(cost))\" y=\"\(top + height + 18)\" text-anchor=\"middle\">\(cost.threeDigits)</text>",
            ]
        }
        svg += [
            "<text x=\"\(left + width / 2)\" y=\"\(top + height + 40)\" text-anchor=\"middle\">\(scale.unit)</text>",
            "<path d=\"M\(left) \(y(scale.whole))h\(width)\" stroke=\"#555\" stroke-dasharray=\"5 4\"/>",
        ]
        for (index, row) in result.rows.enumerated() {
            let colour = Self.colours[index % Self.colours.count]
            let points = row.curve.map { (cost: scale.cost($0.outcome), value: scale.value($0.outcome)) }
                .filter { scale.y($0.value) >= 0 }
            let path = points.map { "\(x($0.cost)),\(y($0.value))" }.joined(separator: " ")
            svg.append("<polyline points=\"\(path)\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"1.5\"/>")
            svg += points.map { "<circle cx=\"\(x($0.cost))\" cy=\"\(y($0.value))\" r=\"2.5\" fill=\"\(colour)\"/>" }
            let line = top + 14 + 20 * Double(index)
            svg += [
                "<circle cx=\"\(left + width + 24)\" cy=\"\(line - 4)\" r=\"5\" fill=\"\(colour)\"/>",
                "<text x=\"\(left + width + 36)\" y=\"\(line)\">\(row.family.rawValue)</text>",
            ]
        }
        let line = top + 14 + 20 * Double(result.rows.count)
        svg += [
            "<path d=\"M\(left + width + 16) \(line - 4)h16\" stroke=\"#555\" stroke-dasharray=\"5 4\"/>",
            "<text x=\"\(left + width + 36)\" y=\"\(line)\">full model</text>",
        ]
        if let row = result.chosen, let outcome = row.outcome {
            let (cx, cy) = (x(scale.cost(outcome)), y(scale.value(outcome)))
            svg += [
                "<path d=\"M\(cx) \(cy)m0 -8l7 8l-7 8l-7 -8z\" fill=\"none\" stroke=\"black\" stroke-width=\"2\"/>",
                "<path d=\"M\(left + width + 24) \(line + 16)m0 -7l6 7l-6 7l-6 -7z\" fill=\"none\" stroke=\"black\" stroke-width=\"2\"/>",
                "<text x=\"\(left + width + 36)\" y=\"\(line + 20)\">chosen</text>",
            ]
        }
        return (svg + ["</svg>"]).joined(separator: "\n") + "\n"
    }

    /// Colors that most people with a color vision deficiency can distinguish (Okabe and Ito).
    private static let colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"]
}

extension Double {
    fileprivate var tenth: String { "\((self * 10).rounded() / 10)" }
}

extension String {
    /// The string with special characters of XML escaped.
    fileprivate var escaped: String {
        reduce(into: "") { text, character in
            switch character {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            default: text.append(character)
            }
        }
    }
}
