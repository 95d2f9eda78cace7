public import BertJSON

/// An SVG figure of the loss and a metric over the steps.
public struct TrainingFigure {
    private struct Line {
        let name: String
        let colour: String
        var points: [(step: Double, value: Double)]
    }

    private static let (width, height, margin) = (640.0, 240.0, 52.0)

    /// Returns a figure of log entries, with one chart for the losses, and one for the metric if there is one.
    ///
    /// - Parameters:
    ///   - history: Objects with `step` and `loss`, `eval_loss` or other metrics.
    ///   - metric: The metric to plot, with the prefix `eval_`. The default is the first one.
    public static func svg(_ history: [JSONObject], metric: String? = nil) -> String {
        func line(_ key: String, _ colour: String) -> Line {
            Line(
                name: key, colour: colour,
                points: history.compactMap { entry in
                    guard let step = entry["step"]?.doubleValue, let value = entry[key]?.doubleValue, value.isFinite
                    else { return nil }
                    return (step, value)
                })
        }
        let measure =
            metric
            ?? history.lazy.flatMap(\.keys).first {
                $0.hasPrefix("eval_") && !["eval_loss", "eval_samples"].contains($0) && !$0.contains("runtime")
                    && !$0.contains("per_second")
            }
        let charts = [
            [line("loss", "#1f6feb"), line("eval_loss", "#d29922")], measure.map { [line($0, "#2da44e")] } ?? [],
        ].map { $0.filter { !$0.points.isEmpty } }.filter { !$0.isEmpty }
        let total = height * Double(max(charts.count, 1))
        var text = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(number(width)) \(number(total))" \
            font-family="sans-serif" font-size="12">
            <rect width="100%" height="100%" fill="white"/>

            """
        for (index, chart) in charts.enumerated() { text += draw(chart, top: height * Double(index)) }
        return text + "</svg>\n"
    }

    private static func draw(_ lines: [Line], top: Double) -> String {
        let points = lines.flatMap(\.points)
        let steps = (points.map(\.step).min() ?? 0, points.map(\.step).max() ?? 1)
        let values = (points.map(\.value).min() ?? 0, points.map(\.value).max() ?? 1)
        func x(_ step: Double) -> Double {
            margin + (step - steps.0) / max(steps.1 - steps.0, 1e-12) * (width - 1.5 * margin)
        }
        func y(_ value: Double) -> Double {
            top + height - margin / 1.5 - (value - values.0) / max(values.1 - values.0, 1e-12) * (height - 1.4 * margin)
        }
        var text = ""
        for part in 0...4 {
            let value = values.0 + (values.1 - values.0) * Double(part) / 4
            text += """
                <line x1="\(number(margin))" x2="\(number(width - margin / 2))" y1="\(number(y(value)))" \
                y2="\(number(y(value)))" stroke="#ddd"/>
                <text x="\(number(margin - 6))" y="\(number(y(value) + 4))" text-anchor="end">\(number(value, 3))</text>

                """
            let step = steps.0 + (steps.1 - steps.0) * Double(part) / 4
            text += """
                <text x="\(number(x(step)))" y="\(number(top + height - 12))" text-anchor="middle">\(number(step, 0))</text>

                """
        }
        for (index, line) in lines.enumerated() {
            let path = line.points.map { "\(number(x($0.step))),\(number(y($0.value)))" }.joined(separator: " ")
            text += """
                <polyline fill="none" stroke="\(line.colour)" stroke-width="1.5" points="\(path)"/>
                <text x="\(number(margin + 8 + 110 * Double(index)))" y="\(number(top + 16))" fill="\(line.colour)">\(line.name)</text>

                """
            if line.points.count == 1, let point = line.points.first {
                text +=
                    "<circle cx=\"\(number(x(point.step)))\" cy=\"\(number(y(point.value)))\" r=\"3\" fill=\"\(line.colour)\"/>\n"
            }
        }
        return text
    }

    private static func number(_ value: Double, _ digits: Int = 1) -> String {
        var factor = 1.0
        for _ in 0..<digits { factor *= 10 }
        let rounded = (value * factor).rounded() / factor
        return rounded == rounded.rounded() && abs(rounded) < 1e15 ? String(Int(rounded)) : String(rounded)
    }
}
