import BertCore
import BertJSON
import BertModels
import BertPipelines

extension Trainer {
    /// Evaluates the current model.
    ///
    /// - Returns: The report, and the time that the evaluation took.
    func report(_ data: TrainingData, perLayer: Bool) throws -> (report: EvaluationReport, seconds: Double) {
        let start = ContinuousClock.now
        try completeLastOffRamp()
        var evaluator = try Evaluator(
            session.model.model(), hasTokenTypes: subject.hasTokenTypes, measuresLayers: perLayer)
        evaluator.pooling = subject.pooling
        evaluator.usesSquaredError = subject.usesSquaredError
        evaluator.masking = subject.masking(seed: arguments.seed, probability: arguments.mlmProbability)
        let report = try evaluator.evaluate(data)
        return (report, (ContinuousClock.now - start) / .seconds(1))
    }

    /// Returns the results of an evaluation with the names of `transformers`.
    func members(
        _ report: EvaluationReport, _ seconds: Double, prefix: String = "eval_"
    ) -> (values: JSONObject, times: JSONObject) {
        var values = JSONObject()
        if let loss = report.loss { values[prefix + "loss"] = .double(loss) }
        for metric in report.metrics { values[prefix + metric.name] = .double(metric.value) }
        for (layer, metrics) in report.layers.enumerated() {
            // Only the loss and the first metric are included for each layer, to keep logs readable.
            for metric in metrics.prefix(2) {
                values["\(prefix)layer_\(layer + 1)_\(metric.name)"] = .double(metric.value)
            }
        }
        let rate = Double(report.samples) / max(seconds, 1e-9)
        return (
            values, ["\(prefix)runtime": .double(seconds), "\(prefix)samples_per_second": .double(rate)]
        )
    }

    /// Evaluates the model. Returns whether it is the best so far.
    func evaluate() throws -> Bool {
        guard let validation = subject.validation else { return false }
        let (report, seconds) = try report(validation, perLayer: true)
        let (values, times) = members(report, seconds)
        try log(values, times: times)
        guard let name = arguments.bestMetric else { return false }
        guard let value = report[name] ?? values[name]?.doubleValue ?? values["eval_" + name]?.doubleValue else {
            throw BertError(
                .invalidArgument,
                "the evaluation has no metric \(name); the metrics are \(report.names.joined(separator: ", "))",
                key: "--metric-for-best-model", value: .string(name))
        }
        let sign = arguments.isGreaterBetter ? 1.0 : -1.0
        let former = state.bestMetric
        // Like the callback of `transformers`, compares the threshold with the improvement over the previous best.
        if former.map({ sign * (value - $0) > 0 && abs(value - $0) > arguments.earlyStoppingThreshold }) ?? true {
            state.patienceCounter = 0
        } else {
            state.patienceCounter += 1
        }
        guard former.map({ sign * (value - $0) > 0 }) ?? true else { return false }
        state.bestMetric = value
        state.bestGlobalStep = state.globalStep
        return true
    }
}
