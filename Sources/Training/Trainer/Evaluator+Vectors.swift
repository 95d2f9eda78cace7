import BertCore
import BertJSON
import BertModels

extension Evaluator {
    func vectors(_ data: TrainingData, _ report: inout EvaluationReport) throws {
        let model = try cast((any EncoderModel).self)
        let count = data.examples.map(\.sequences.count).min() ?? 0
        var columns: [[[Float]]] = []
        for column in 0..<count {
            columns.append(try vectors(data.examples.map { $0.sequences[column] }, model))
        }
        guard count >= 2 else { return }
        let similarities = zip(columns[0], columns[1]).map { dot($0, $1) }
        report.predictions = similarities.map { .double($0) }
        if count >= 3 {
            let others = zip(columns[0], columns[2]).map { dot($0, $1) }
            let right = zip(similarities, others).count { $0 > $1 }
            report.metrics = [("cosine_accuracy", Double(right) / Double(max(similarities.count, 1)))]
        } else if data.isLabelled {
            let scores = data.examples.map { example -> Double in
                if case .numbers(let numbers) = example.target { Double(numbers.first ?? 0) } else { 0 }
            }
            report.metrics = [
                ("pearson_cosine", Metrics.pearson(similarities, scores)),
                ("spearman_cosine", Metrics.spearman(similarities, scores)),
            ]
        } else {
            // The partner of each text must be its nearest neighbor among all partners.
            let right = columns[0].indices.count { row in
                !columns[1].indices.contains { $0 != row && dot(columns[0][row], columns[1][$0]) > similarities[row] }
            }
            report.metrics = [("accuracy@1", Double(right) / Double(max(similarities.count, 1)))]
        }
    }

    /// Returns the embeddings of sequences, normalized to length 1.
    private func vectors(_ sequences: [TrainingExample.Sequence], _ model: any EncoderModel) throws -> [[Float]] {
        var vectors = [[Float]](repeating: [], count: sequences.count)
        for batch in batches(sequences.map(\.ids.count)) {
            try Cancellation.check()
            let output = try model.encode(input(batch.map { sequences[$0] }), options: ForwardOptions())
            let pooled = try backend.l2Normalize(
                backend.pool(output.lastHiddenState, sequences: output.states.sequences, pooling), epsilon: 1e-12)
            let (values, width) = (try backend.floats(pooled), pooled.shape.lastLength)
            for (row, place) in batch.enumerated() {
                vectors[place] = Array(values[row * width..<(row + 1) * width])
            }
        }
        return vectors
    }

    private func dot(_ a: [Float], _ b: [Float]) -> Double {
        zip(a, b).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    }
}
