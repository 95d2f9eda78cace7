import BertCore
import BertModels

/// A batch of encoded examples.
struct TrainingBatch {
    /// The sequences, or the sequences of each column for embeddings.
    var columns: [ModelInput] = []
    /// The expected output, or nil for embeddings.
    var target: TrainingTarget?
    /// A score for each row, for losses of embeddings.
    var scores: [Float]?
    /// The rows to compute, for masked tokens.
    var rows = TokenRows.all
    /// The number of labels that aren't ignored, for token-level losses.
    var labelCount = 0

    /// The number of tokens in all sequences.
    var tokenCount: Int { columns.reduce(0) { $0 + $1.tokenCount } }

    /// Creates a batch from examples.
    ///
    /// - Parameters:
    ///   - indices: The indices of the examples in the data.
    ///   - round: The epoch, for the masking of tokens.
    init(
        _ data: TrainingData, _ indices: ArraySlice<Int>, hasTokenTypes: Bool, masking: Masking?, round: Int
    ) throws {
        let examples = indices.map { data.examples[$0] }
        func input(_ sequences: [TrainingExample.Sequence]) -> ModelInput {
            ModelInput(ids: sequences.map(\.ids), tokenTypes: hasTokenTypes ? sequences.map(\.types) : nil)
        }
        guard data.task != .maskedLM else {
            try hideWords(of: examples, data, indices, masking, round, input)
            return
        }
        let columnCount = examples.map(\.sequences.count).min() ?? 0
        columns = (0..<columnCount).map { column in input(examples.map { $0.sequences[column] }) }
        let missing = BertError(.invalidInput, "an example has no label")
        labelCount = examples.count
        switch data.task {
        case .classification:
            target = .sequences(
                .classes(
                    try examples.map { example in
                        guard case .label(let label) = example.target else { throw missing }
                        return label
                    }))
        case .regression, .multiLabel, .crossEncoder:
            target = .sequences(.numbers(try examples.flatMap { try Self.numbers($0, missing) }))
        case .tokenClassification:
            let labels = try examples.flatMap { example -> [Int32] in
                guard case .tokenLabels(let labels) = example.target else { throw missing }
                return labels
            }
            labelCount = labels.count { $0 != -100 }
            target = .tokens(labels)
        case .questionAnswering:
            var spans = AnswerSpans(starts: [], ends: [])
            for example in examples {
                guard case .span(let start, let end) = example.target else { throw missing }
                spans.starts.append(start)
                spans.ends.append(end)
            }
            target = .spans(spans)
        case .embedding:
            if examples.allSatisfy({ $0.target != .none }) {
                scores = try examples.flatMap { try Self.numbers($0, missing) }
            }
        case .maskedLM: break
        }
    }

    private mutating func hideWords(
        of examples: [TrainingExample], _ data: TrainingData, _ indices: ArraySlice<Int>, _ masking: Masking?,
        _ round: Int, _ input: ([TrainingExample.Sequence]) -> ModelInput
    ) throws {
        guard let masking else { throw BertError(.invalidArgument, "the tokenizer has no mask", key: "mask_token") }
        var (sequences, rows, words): ([TrainingExample.Sequence], [Int], [Int32]) = ([], [], [])
        var start = 0
        for (example, index) in zip(examples, indices) {
            var sequence = example.sequences[0]
            let (ids, labels) = masking.hide(
                sequence.ids, special: data.specialTokens[index], round: round, example: index)
            for (place, label) in labels.enumerated() where label != -100 {
                rows.append(start + place)
                words.append(label)
            }
            start += ids.count
            sequence.ids = ids
            sequences.append(sequence)
        }
        columns = [input(sequences)]
        self.rows = .at(rows)
        labelCount = words.count
        target = .tokens(words)
    }

    private static func numbers(_ example: TrainingExample, _ missing: BertError) throws -> [Float] {
        guard case .numbers(let numbers) = example.target else { throw missing }
        return numbers
    }
}
