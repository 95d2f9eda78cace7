import BertCore
import BertJSON
import BertModels

extension Evaluator {
    /// The search parameters of `run_qa` of `transformers`.
    private static let (bestCount, longestAnswer) = (20, 30)

    private struct Answer {
        var text = ""
        var score = -Float.infinity
    }

    func answers(_ data: TrainingData, _ report: inout EvaluationReport) throws {
        let model = try cast((any QuestionAnsweringModel).self)
        var best = [Answer](repeating: Answer(), count: data.questions.count)
        var none = [Float](repeating: .infinity, count: data.questions.count)
        var (loss, count) = (0.0, 0)
        for batch in batches(data.examples.map(\.tokenCount)) {
            try Cancellation.check()
            let output = try model.forward(
                input(batch.map { data.examples[$0].sequences[0] }), answers: nil, options: ForwardOptions())
            let (starts, ends) = (try backend.floats(output.startLogits), try backend.floats(output.endLogits))
            for (place, rows) in zip(batch, output.states.sequences.ranges) {
                if case .span(let start, let end) = data.examples[place].target {
                    loss +=
                        (EvaluationLoss.crossEntropy(starts[rows], Int(start))
                            + EvaluationLoss.crossEntropy(ends[rows], Int(end))) / 2
                    count += 1
                }
                let window = data.windows[place]
                let found = answer(
                    Array(starts[rows]), Array(ends[rows]), window, data.questions[window.question].context)
                if found.score > best[window.question].score { best[window.question] = found }
                none[window.question] = min(none[window.question], starts[rows.lowerBound] + ends[rows.lowerBound])
            }
        }
        // Only data that contains questions without an answer can have empty answers (SQuAD 2).
        let mayHaveNone = data.isLabelled && data.questions.contains { $0.answers.isEmpty }
        let predictions = best.indices.map { mayHaveNone && none[$0] > best[$0].score ? "" : best[$0].text }
        report.predictions = predictions.map { .string($0) }
        guard data.isLabelled, count > 0 else { return }
        report.loss = loss / Double(count)
        let (exact, f1) = Metrics.answers(predictions, data.questions.map(\.answers))
        report.metrics = [("exact_match", exact), ("f1", f1)]
    }

    private func answer(
        _ starts: [Float], _ ends: [Float], _ window: TrainingData.Window, _ context: String
    ) -> Answer {
        func leading(_ values: [Float]) -> [Int] {
            Array(
                values.indices.sorted { (values[$0], $1) > (values[$1], $0) }.prefix(Self.bestCount))
        }
        var best = Answer()
        var range: Range<Int>?
        let lastIndexes = leading(ends)
        for start in leading(starts) {
            guard let first = window.offsets[start] else { continue }
            for end in lastIndexes where end >= start && end - start < Self.longestAnswer {
                guard let last = window.offsets[end], starts[start] + ends[end] > best.score else { continue }
                best.score = starts[start] + ends[end]
                range = first.lowerBound..<max(first.lowerBound, last.upperBound)
            }
        }
        if let range {
            best.text = String(
                String.UnicodeScalarView(context.unicodeScalars.dropFirst(range.lowerBound).prefix(range.count)))
        }
        return best
    }
}
