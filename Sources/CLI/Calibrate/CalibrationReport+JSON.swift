import Bert
import BertJSON
import BertTraining

extension CalibrationReport {
    /// Returns the report as JSON. Costs are in seconds or layers per token. Shares are from 0 to 1.
    func json(_ written: CalibrationDestination.Written?, svg: String?) -> JSONValue {
        var object: JSONObject = [
            "model": .string(model), "class": .string(modelName), "backend": .string(backend.nameAndVersion),
            "threads": .int(backend.threads), "target_loss": .double(result.risk.targetLoss),
            "confidence": .double(result.risk.confidence), "data": json(data, files.data),
        ]
        if let check = result.checking, let file = files.check { object["check"] = json(check, file) }
        object["split"] = ["fit": .int(result.fitCount), "certify": .int(result.certifyCount)]
        object["cost"] = .string(result.costs.unit.rawValue)
        object["layers"] = .array((0...data.layerCount).map(layer))
        object["policies"] = .array(result.rows.map(row))
        object["pareto"] = .array(
            frontier.map { point in
                var object = members(of: point.family, point.policy, point.outcome, result.certifying)
                object["loss_bound"] = .double(result.risk.bound(point.outcome))
                return .object(object)
            })
        object["chosen"] = result.chosen.map { .string($0.family.rawValue) } ?? .null
        object["config"] =
            result.chosen?.policy.map { .object($0.configuration(layers: data.layerCount)) } ?? .null
        object["written"] = written.map { .string($0.path) } ?? .null
        if let written, !written.replaced.isEmpty { object["replaced"] = .object(written.replaced) }
        object["svg"] = svg.map { .string($0) } ?? .null
        if let lengthWarning { object["warnings"] = [.string(lengthWarning)] }
        return .object(object)
    }

    private func json(_ data: ExitData, _ file: String) -> JSONValue {
        let tokens = data.tokens
        var object: JSONObject = [
            "file": .string(file), "texts": .int(tokens.texts), "labelled": .bool(data.isLabelled),
            "tokens": [
                "mean": .double(tokens.mean), "median": .int(tokens.median), "p95": .int(tokens.percentile95),
                "max": .int(tokens.greatest),
            ],
        ]
        if data.isLabelled {
            object["labels"] = .object(
                JSONObject(
                    labels.enumerated().map { index, name in
                        (name, .int(data.texts.count { $0.label == index }))
                    }))
        }
        if let accuracy = data.accuracy(after: data.layerCount) { object["accuracy"] = .double(accuracy) }
        return .object(object)
    }

    /// Returns an off-ramp or the model's own head as JSON.
    private func layer(_ index: Int) -> JSONValue {
        let isHead = index == data.layerCount
        var object: JSONObject = [
            "layer": isHead ? .string("all") : .int(index + 1), "agreement": .double(data.agreement(after: index)),
            "cost": .double(isHead ? result.costs.whole : result.costs.toLeave[index]),
        ]
        if let accuracy = data.accuracy(after: index) { object["accuracy"] = .double(accuracy) }
        if let accuracy = result.checking?.accuracy(after: index) { object["check_accuracy"] = .double(accuracy) }
        return .object(object)
    }

    private func row(_ row: ExitCalibration.Row) -> JSONValue {
        guard let policy = row.policy, let outcome = row.outcome else {
            return ["policy": .string(row.family.rawValue), "config": .null, "loss_bound": .double(row.bound)]
        }
        var object = members(of: row.family, policy, outcome, result.certifying)
        object["loss_bound"] = .double(row.bound)
        if let seconds = seconds?[row.family] { object["speedup_seconds"] = .double(seconds) }
        if let check = row.check, let data = result.checking {
            var members = members(of: row.family, policy, check, data)
            members["policy"] = nil
            members["config"] = nil
            if let seconds = checkSeconds?[row.family] { members["speedup_seconds"] = .double(seconds) }
            object["check"] = .object(members)
        }
        return .object(object)
    }

    private func members(
        of family: ExitFamily, _ policy: ExitPolicy, _ outcome: ExitOutcome, _ data: ExitData
    ) -> JSONObject {
        var object: JSONObject = [
            "policy": .string(family.rawValue),
            "config": .object(policy.configuration(layers: data.layerCount)),
        ]
        if let accuracy = outcome.accuracy { object["accuracy"] = .double(accuracy) }
        if let change = outcome.accuracyChange { object["accuracy_change"] = .double(change) }
        object["agreement"] = .double(outcome.agreement)
        object["lost"] = .int(outcome.lost)
        object["loss"] = .double(outcome.loss)
        object["mean_exit_layer"] = .double(outcome.meanExitLayer)
        object["speedup_layers"] = .double(outcome.speedUpInLayers)
        object["speedup_cost"] = .double(result.speedUp(outcome, on: data))
        return object
    }
}
