import Bert
import BertJSON
import BertTraining

extension CalibrationReport {
    /// Returns the report as text with tables and a plot.
    func text(_ written: CalibrationDestination.Written?, svg: String?) -> String {
        var lines = [
            "\(model): \(modelName), \(data.layerCount) layers (\(backend.nameAndVersion), \(backend.threads) threads)",
            "data   \(description(data, files.data))",
        ]
        if let check = result.checking, let file = files.check { lines.append("check  \(description(check, file))") }
        if let lengthWarning { lines.append(Style.yellow("warning: \(lengthWarning)")) }
        if !data.isLabelled {
            lines.append("There are no labels: a prediction is lost if it differs from the full model's.")
        }
        lines += [""] + layerTable.lines
        lines += [
            "",
            """
            \(result.fitCount) texts were used to fit and select policies, and \(result.certifyCount) to certify: for each policy the \
            fastest setting that loses at most \(percent(result.risk.targetLoss)) of the predictions, with a probability of \
            \(percent(result.risk.confidence)).
            """, "",
        ]
        lines += familyTable.lines
        lines += [
            "",
            "Pareto-optimal settings, for which no other setting is faster and loses fewer predictions (each bound holds individually):",
            "",
        ]
        lines += frontierTable.lines
        lines += [""] + TradeOffPlot(self).lines + [""]
        lines.append(conclusion(written))
        if let svg { lines.append("The plot was written to \(svg).") }
        return lines.joined(separator: "\n") + "\n"
    }

    private func description(_ data: ExitData, _ file: String) -> String {
        let tokens = data.tokens
        var text =
            "\(file): \(tokens.texts) texts of \(tokens.mean.threeDigits) tokens (median \(tokens.median), 95 % up to \(tokens.percentile95), longest \(tokens.greatest))"
        if data.isLabelled {
            text += labels.enumerated().map { index, name in
                ", \(percent(Double(data.texts.count { $0.label == index }) / Double(tokens.texts))) \(name)"
            }.prefix(6).joined()
        }
        return text
    }

    private var layerTable: Table {
        func numbers(_ title: String, _ value: (Int) -> Double?, _ words: (Double) -> String) -> [Table.Cell]? {
            let values = (0...data.layerCount).map(value)
            guard values.allSatisfy({ $0 != nil }) else { return nil }
            return [Table.Cell(title)] + values.map { Table.Cell($0.map(words) ?? "", right: true) }
        }
        var table = Table(
            [Table.Cell("exit after layer")]
                + (0...data.layerCount).map { Table.Cell($0 < data.layerCount ? "\($0 + 1)" : "never", right: true) })
        let rows = [
            numbers("right", { data.accuracy(after: $0) }, percent),
            numbers("same as full model", { data.agreement(after: $0) }, percent),
            numbers("right, check", { result.checking?.accuracy(after: $0) }, percent),
            result.costs.unit == .layers
                ? nil
                : numbers(
                    "ms for \(batchSize) texts",
                    { index in
                        let cost = index < data.layerCount ? result.costs.toLeave[index] : result.costs.whole
                        return cost * data.tokens.mean * Double(batchSize) * 1e3
                    }, \.threeDigits),
        ]
        for row in rows.compactMap(\.self) { table.add(row) }
        return table
    }

    private var familyTable: Table {
        let hasCheck = result.checking != nil
        var columns = [
            "policy", "setting", data.isLabelled ? "right" : "alike", "change", "lost", "bound", "layers", "× layers",
        ]
        if seconds != nil { columns.append("× seconds") }
        if hasCheck {
            columns += ["check: \(data.isLabelled ? "right" : "alike")", "change", "lost", "× layers"]
            if checkSeconds != nil { columns.append("× seconds") }
        }
        var table = Table(columns.enumerated().map { Table.Cell($1, right: $0 > 1) })
        for row in result.rows {
            let isChosen = row.family == result.chosen?.family
            var cells = [row.family.rawValue + (isChosen ? " ◆" : "")]
            if let policy = row.policy, let outcome = row.outcome {
                cells += [policy.words] + numbers(outcome)
                cells.insert(percent(row.bound, digits: 2), at: cells.count - 2)
                if let seconds { cells.append(seconds[row.family]?.threeDigits ?? "") }
                if let check = row.check {
                    cells += numbers(check)
                    cells.remove(at: cells.count - 2)
                    if let checkSeconds { cells.append(checkSeconds[row.family]?.threeDigits ?? "") }
                }
            } else {
                cells += ["none holds", "", "", "", percent(row.bound, digits: 2)]
            }
            table.add(cells.enumerated().map { Table.Cell($1, isChosen ? .green : nil, right: $0 > 1) })
        }
        return table
    }

    private var frontierTable: Table {
        var table = Table(
            ["policy", "setting"]
                + [data.isLabelled ? "right" : "alike", "change", "lost", "bound", "layers", "× layers"]
                .map { Table.Cell($0, right: true) }
                + (result.costs.unit == .seconds ? [Table.Cell("× seconds of layers", right: true)] : []))
        for point in frontier {
            var cells = [point.family.rawValue, point.policy.words] + numbers(point.outcome)
            cells.insert(percent(result.risk.bound(point.outcome), digits: 2), at: cells.count - 2)
            if result.costs.unit == .seconds { cells.append(point.speedUp.threeDigits) }
            table.add(cells.enumerated().map { Table.Cell($1, right: $0 > 1) })
        }
        return table
    }

    /// Returns the accuracy, the change in percentage points, the loss, the mean layer, and the speed-up.
    private func numbers(_ outcome: ExitOutcome) -> [String] {
        [
            percent(outcome.accuracy ?? outcome.agreement),
            outcome.accuracyChange.map { $0 < 0 ? "-\(percent(-$0, digits: 2))" : percent($0, digits: 2) } ?? "",
            "\(outcome.lost)", outcome.meanExitLayer.threeDigits, outcome.speedUpInLayers.threeDigits,
        ]
    }

    private func conclusion(_ written: CalibrationDestination.Written?) -> String {
        guard let row = result.chosen, let policy = row.policy, let outcome = row.outcome else {
            return "No policy was found."
        }
        let speed =
            (seconds?[row.family]).map { "\($0.threeDigits) × as fast in seconds" }
            ?? "\(outcome.speedUpInLayers.threeDigits) × as fast in layers"
        let members = JSONValue.object(policy.configuration(layers: data.layerCount))
        let found =
            "◆ \(row.family.rawValue), \(policy.words): \(speed), at most \(percent(row.bound, digits: 2)) of the predictions lost."
        guard let written else { return found + "\nNothing was written. The policy is \(members.serialized())." }
        var text =
            found
            + "\nThe policy was written to \(written.path): \(policy.configuration(layers: data.layerCount).map(\.key).joined(separator: ", "))"
        if !written.replaced.isEmpty {
            text += ", replacing \(JSONValue.object(written.replaced).serialized())"
        }
        return text + "."
    }

    /// Returns a percentage such as `80.4 %`.
    func percent(_ share: Double) -> String { percent(share, digits: 1) }

    func percent(_ share: Double, digits: Int) -> String {
        let factor = digits == 1 ? 10 : 100
        let units = Int((share * 100 * Double(factor)).rounded())
        let fraction = String(units % factor)
        return "\(units / factor).\(String(repeating: "0", count: digits - fraction.count))\(fraction) %"
    }
}

extension ExitPolicy {
    /// A description of the setting.
    var words: String {
        switch self {
        case .never: "never"
        case .entropy(let thresholds):
            Set(thresholds.dropLast()).count == 1
                ? "< \(Double(thresholds[0]).short)"
                : thresholds.dropLast().map { $0 < 0 ? "–" : Double($0).short }.joined(separator: " ")
        case .confidence(let confidence): "> \(Double(confidence).short)"
        case .patience(let layers, _): "\(layers) layers"
        case .entropyPatience(let threshold, let layers): "\(layers) layers < \(Double(threshold).short)"
        case .fixedLayer(let layer): "layer \(layer)"
        case .score(let score): "> \(score.threshold.short)"
        }
    }
}

extension Double {
    /// The number with at most three decimals, or four if it is small.
    fileprivate var short: String {
        let factor = magnitude < 0.01 ? 1e5 : 1e3
        return "\((self * factor).rounded() / factor)"
    }
}
