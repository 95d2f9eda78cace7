import BertCore
import BertJSON
import BertModels

extension Evaluator {
    /// The final logits of each sequence, and the logits of each layer's off-ramp.
    private struct Logits {
        var final: [[Float]]
        var layers: [[[Float]]] = []
        var exitLayers: [Int] = []
    }

    func sequences(_ data: TrainingData, _ report: inout EvaluationReport) throws {
        let logits = try sequenceLogits(data.examples.map { $0.sequences[0] })
        report.predictions = logits.final.map { prediction($0, data) }
        if policy != nil, !logits.exitLayers.isEmpty {
            report.meanExitLayer = Double(logits.exitLayers.reduce(0, +)) / Double(logits.exitLayers.count)
        }
        guard data.isLabelled, !data.examples.isEmpty else { return }
        (report.loss, report.metrics) = measure(logits.final, data)
        report.layers = logits.layers.map { layer in
            let (loss, metrics) = measure(layer, data)
            return [("loss", loss)] + metrics
        }
    }

    /// Returns the logits of sequences in order.
    func logits(of sequences: [TrainingExample.Sequence]) throws -> [[Float]] { try sequenceLogits(sequences).final }

    private func sequenceLogits(_ sequences: [TrainingExample.Sequence]) throws -> Logits {
        let (classifier, width) = (try cast((any SequenceClassificationModel).self), config.numLabels)
        let early = model as? any EarlyExitClassifier
        guard early != nil || policy == nil || policy == .never else {
            throw BertError(
                .invalidArgument, "the model has no off-ramps, so early exit is not supported; omit the policy",
                key: "policy")
        }
        let layerCount = early != nil && measuresLayers ? config.numHiddenLayers : 0
        var result = Logits(final: Array(repeating: [], count: sequences.count))
        result.layers = Array(repeating: result.final, count: layerCount)
        result.exitLayers = early == nil ? [] : Array(repeating: 0, count: sequences.count)
        for batch in batches(sequences.map(\.ids.count)) {
            try Cancellation.check()
            let input = input(batch.map { sequences[$0] })
            let logits: Tensor
            if let early {
                // To measure the layers, every sequence passes all of them, and the policy is applied to their logits.
                let output = try early.classify(
                    input, policy: layerCount > 0 ? .never : policy ?? .never, offRamps: layerCount > 0)
                logits = output.logits
                for (row, place) in batch.enumerated() {
                    result.exitLayers[place] = output.exitLayer[row]
                    guard layerCount > 0, let offRamps = output.offRamps?[row].map(\.logits) else { continue }
                    for (layer, logits) in offRamps.enumerated() { result.layers[layer][place] = logits }
                    if let policy, let layer = try exit(offRamps, policy, tokens: input.lengths[row]) {
                        result.exitLayers[place] = layer + 1
                        result.final[place] = offRamps[layer]
                    }
                }
            } else {
                logits = try classifier.forward(input, labels: nil, options: ForwardOptions()).logits
            }
            let values = try backend.floats(logits)
            for (row, place) in batch.enumerated() where result.final[place].isEmpty {
                result.final[place] = Array(values[row * width..<(row + 1) * width])
            }
        }
        return result
    }

    /// Returns the layer, starting at 0, after which a sequence exits; nil if it exits at the end.
    private func exit(_ offRamps: [[Float]], _ policy: ExitPolicy, tokens: Int) throws -> Int? {
        var rule = try policy.rule(layers: offRamps.count)
        rule.begin(tokens: tokens)
        return offRamps.indices.first { layer in
            rule.needsOffRamp(after: layer) && rule.leaves(after: layer, logits: offRamps[layer])
        }
    }

    private func measure(_ logits: [[Float]], _ data: TrainingData) -> (Double, [EvaluationReport.Metric]) {
        var loss = 0.0
        var metrics: [EvaluationReport.Metric] = []
        switch data.task {
        case .classification:
            let labels = data.examples.map { example in
                if case .label(let label) = example.target { Int(label) } else { -100 }
            }
            var (counted, predictions): ([Int], [Int]) = ([], [])
            for (row, label) in zip(logits, labels) where label != -100 {
                loss += EvaluationLoss.crossEntropy(row[...], label)
                counted.append(label)
                predictions.append(best(row))
            }
            loss /= Double(max(counted.count, 1))
            metrics.append(("accuracy", Metrics.accuracy(predictions, counted)))
            if config.numLabels == 2 { metrics.append(("f1", Metrics.f1(predictions, counted))) }
            metrics.append(("macro_f1", Metrics.macroF1(predictions, counted)))
            metrics.append(("matthews_correlation", Metrics.matthewsCorrelation(predictions, counted)))
        case .multiLabel:
            let targets = data.examples.map(numbers)
            for (row, target) in zip(logits, targets) { loss += EvaluationLoss.binaryCrossEntropy(row[...], target) }
            loss /= Double(max(targets.count, 1))
            let (f1, accuracy) = Metrics.multiLabel(
                logits.map { $0.map { $0 > 0 } }, targets.map { $0.map { $0 == 1 } })
            metrics = [("f1", f1), ("accuracy", accuracy)]
        default:
            let targets = data.examples.map(numbers)
            let isBinary = data.task == .crossEncoder && !usesSquaredError
            for (row, target) in zip(logits, targets) {
                loss +=
                    isBinary
                    ? EvaluationLoss.binaryCrossEntropy(row[...], target)
                    : EvaluationLoss.meanSquaredError(row[...], target)
            }
            loss /= Double(max(targets.count, 1))
            let (x, y) = (logits.flatMap { $0.map(Double.init) }, targets.flatMap { $0.map(Double.init) })
            if data.task == .regression { metrics.append(("mse", Metrics.meanSquaredError(x, y))) }
            metrics += [("pearson", Metrics.pearson(x, y)), ("spearmanr", Metrics.spearman(x, y))]
            if isBinary, y.allSatisfy({ $0 == 0 || $0 == 1 }) {
                let (predictions, labels) = (x.map { $0 > 0 ? 1 : 0 }, y.map { Int($0) })
                metrics += [
                    ("accuracy", Metrics.accuracy(predictions, labels)), ("f1", Metrics.f1(predictions, labels)),
                ]
            }
        }
        return (loss, metrics)
    }

    private func prediction(_ logits: [Float], _ data: TrainingData) -> JSONValue {
        switch data.task {
        case .classification: .string(config.labels[best(logits)])
        case .multiLabel:
            .array(logits.indices.filter { logits[$0] > 0 }.map { .string(config.labels[$0]) })
        default: logits.count == 1 ? .float(logits[0]) : .array(logits.map { .float($0) })
        }
    }

    private func numbers(_ example: TrainingExample) -> [Float] {
        if case .numbers(let numbers) = example.target { numbers } else { [] }
    }

    /// Returns the index of the maximum, or of the first one if several are equal.
    func best(_ values: [Float]) -> Int {
        var best = 0
        for index in values.indices where values[index] > values[best] { best = index }
        return best
    }
}
