public import BertCore

/// A model for extractive question answering, which finds the span of the answer in a text.
public protocol QuestionAnsweringModel: BertPreTrainedModel {
    /// Computes the start and end logits of each token and, with answers, the loss.
    ///
    /// - Throws: ``BertError`` with code `invalidInput` for invalid input or answers; errors of the backend; the
    ///   ``BackendUnavailableError`` of a dummy.
    func forward(
        _ input: ModelInput, answers: AnswerSpans?, options: ForwardOptions
    ) throws -> QuestionAnsweringModelOutput
}

/// The first and last token of each sequence's answer.
///
/// Positions before the sequence count as its first token. Positions after it are excluded from the loss.
public struct AnswerSpans: Sendable {
    /// `start_positions`, one per sequence.
    public var starts: [Int32]
    /// `end_positions`, one per sequence.
    public var ends: [Int32]

    /// Creates answers.
    public init(starts: [Int32], ends: [Int32]) {
        self.starts = starts
        self.ends = ends
    }
}

/// The output of a question answering model.
public struct QuestionAnsweringModelOutput: ModelOutput {
    /// The mean of the cross entropies of start and end; nil without answers.
    public let loss: Float?
    /// The start logits, `[rows]`, for a softmax over each sequence.
    public let startLogits: Tensor
    /// The end logits, `[rows]`, for a softmax over each sequence.
    public let endLogits: Tensor
    public let states: TrunkStates
}

extension QuestionAnsweringModel where Self: ComposedModel, Head == TokenHead {
    public func forward(
        _ input: ModelInput, answers: AnswerSpans? = nil, options: ForwardOptions = ForwardOptions()
    ) throws -> QuestionAnsweringModelOutput {
        try options.expectAllRows(ifLabelled: answers != nil)
        let run = try parts.trunk(input, options.withMaskedTokens(ifLabelled: answers != nil))
        let logits = try parts.head(run)
        let (start, end) = (try column(0, of: logits), try column(1, of: logits))
        let loss = try answers.map { answers in
            let first = try spanLoss(start, answers.starts, run.states, name: "start_positions")
            return try (first + spanLoss(end, answers.ends, run.states, name: "end_positions")) / 2
        }
        return QuestionAnsweringModelOutput(loss: loss, startLogits: start, endLogits: end, states: run.states)
    }

    private func column(_ index: Int, of logits: Tensor) throws -> Tensor {
        try backend.slice(logits, axis: 1, range: index..<index + 1).reshaped(to: [logits.shape[0]])
    }

    /// Returns the mean over sequences of the cross entropy over their tokens.
    private func spanLoss(_ logits: Tensor, _ places: [Int32], _ states: TrunkStates, name: String) throws -> Float {
        let sequences = states.sequences
        guard places.count == sequences.count else {
            throw BertError(
                .invalidInput, "\(places.count) values for \(sequences.count) sequences", key: name,
                value: .int(places.count), limit: .int(sequences.count))
        }
        let values = try backend.floats(logits)
        var losses: [Float] = []
        for (index, place) in places.enumerated() where place < sequences[index].count {
            losses.append(
                try Loss.crossEntropy(
                    Array(values[sequences[index]]), classes: sequences[index].count, labels: [max(place, 0)],
                    name: name))
        }
        return losses.reduce(0, +) / Float(losses.count)
    }
}

extension QuestionAnsweringModel {
    public func namedOutputs(_ request: ForwardRequest) throws -> [NamedTensor] {
        let (config, backend) = try (config, backend)
        let inputs = try NamedInputs(request, for: Self.modelName, more: ["start_positions", "end_positions"])
        let batch = try inputs.batch(config)
        let shapes = [batch.leading, batch.leading + [1]]
        let starts = try inputs.labels("start_positions", shapes[0], shapes[1])
        let ends = try inputs.labels("end_positions", shapes[0], shapes[1])
        let answers = starts.flatMap { starts in ends.map { AnswerSpans(starts: starts, ends: $0) } }
        let output = try forward(batch.input, answers: answers, options: request.options)
        return try NamedOutputs.collect(loss: output.loss, output.states, on: backend) {
            try $0.add("start_logits", packed: output.startLogits, output.layout)
            try $0.add("end_logits", packed: output.endLogits, output.layout)
        }
    }
}

extension Dummy: QuestionAnsweringModel where Model: QuestionAnsweringModel {
    /// Always throws ``Dummy/error``.
    public func forward(
        _ input: ModelInput, answers: AnswerSpans?, options: ForwardOptions
    ) throws -> QuestionAnsweringModelOutput {
        throw error
    }
}
