import BertCore
import BertJSON
import BertModels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension Evaluator {
    func tokens(_ data: TrainingData, _ report: inout EvaluationReport) throws {
        let (model, width) = (try cast((any TokenClassificationModel).self), config.numLabels)
        var predictions = [[Int]](repeating: [], count: data.examples.count)
        var (loss, count) = (0.0, 0)
        for batch in batches(data.examples.map(\.tokenCount)) {
            try Cancellation.check()
            let output = try model.forward(
                input(batch.map { data.examples[$0].sequences[0] }), labels: nil, options: ForwardOptions())
            let logits = try backend.floats(output.logits)
            for (place, rows) in zip(batch, output.states.sequences.ranges) {
                predictions[place] = rows.map { best(Array(logits[$0 * width..<($0 + 1) * width])) }
                guard case .tokenLabels(let labels) = data.examples[place].target else { continue }
                for (row, label) in zip(rows, labels) where label != -100 {
                    loss += EvaluationLoss.crossEntropy(logits[row * width..<(row + 1) * width], Int(label))
                    count += 1
                }
            }
        }
        var (named, right): ([[String]], [[String]]) = ([], [])
        for (example, prediction) in zip(data.examples, predictions) {
            guard case .tokenLabels(let labels) = example.target else {
                named.append(prediction.map { config.labels[$0] })
                continue
            }
            let counted = labels.indices.filter { labels[$0] != -100 }
            named.append(counted.map { config.labels[prediction[$0]] })
            right.append(counted.map { config.labels[Int(labels[$0])] })
        }
        report.predictions = named.map { .array($0.map { .string($0) }) }
        guard data.isLabelled, count > 0 else { return }
        report.loss = loss / Double(count)
        let entities = Metrics.entities(named, right)
        report.metrics = [
            ("precision", entities.precision), ("recall", entities.recall), ("f1", entities.f1),
            ("accuracy", entities.accuracy),
        ]
    }

    func maskedWords(_ data: TrainingData, _ report: inout EvaluationReport) throws {
        guard let masking else { throw BertError(.invalidArgument, "the tokenizer has no mask", key: "mask_token") }
        let (model, width) = (try cast((any MaskedLanguageModel).self), config.vocabSize)
        var (loss, right, count) = (0.0, 0, 0)
        for batch in batches(data.examples.map(\.tokenCount)) {
            try Cancellation.check()
            var (sequences, rows, words): ([TrainingExample.Sequence], [Int], [Int32]) = ([], [], [])
            var start = 0
            for place in batch {
                var sequence = data.examples[place].sequences[0]
                let (ids, labels) = masking.hide(
                    sequence.ids, special: data.specialTokens[place], round: 0, example: place)
                for (index, label) in labels.enumerated() where label != -100 {
                    rows.append(start + index)
                    words.append(label)
                }
                start += ids.count
                sequence.ids = ids
                sequences.append(sequence)
            }
            guard !rows.isEmpty else { continue }
            let output = try model.forward(input(sequences), labels: nil, options: ForwardOptions(rows: .at(rows)))
            let logits = try backend.floats(output.logits)
            for (row, word) in words.enumerated() {
                let row = logits[row * width..<(row + 1) * width]
                loss += EvaluationLoss.crossEntropy(row, Int(word))
                right += best(Array(row)) == Int(word) ? 1 : 0
            }
            count += words.count
        }
        guard count > 0 else { return }
        report.loss = loss / Double(count)
        report.metrics = [
            ("accuracy", Double(right) / Double(count)), ("perplexity", exp(loss / Double(count))),
        ]
    }
}
