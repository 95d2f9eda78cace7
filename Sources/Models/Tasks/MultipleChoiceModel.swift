public import BertCore

/// A model for multiple choice, which scores several continuations of a text.
public protocol MultipleChoiceModel: BertPreTrainedModel {
    /// Computes the logits of the choices of each question and, with labels, the loss.
    ///
    /// - Parameters:
    ///   - input: The choices of the first question, those of the second, and so on; each choice is a sequence.
    ///   - choices: The number of choices per question.
    ///   - labels: The correct choice of each question; −100 excludes a question.
    ///   - options: The rows and states to return.
    /// - Throws: ``BertError`` with code `invalidInput` for invalid input or labels; errors of the backend; the
    ///   ``BackendUnavailableError`` of a dummy.
    func forward(
        _ input: ModelInput, choices: Int, labels: [Int32]?, options: ForwardOptions
    ) throws -> MultipleChoiceModelOutput
}

/// The output of a multiple choice model.
public struct MultipleChoiceModelOutput: ModelOutput {
    /// The cross entropy over the choices of each question; nil without labels.
    public let loss: Float?
    /// The logits, `[questions, choices]`.
    public let logits: Tensor
    public let states: TrunkStates
}

extension MultipleChoiceModel where Self: ComposedModel, Head == SequenceHead {
    public func forward(
        _ input: ModelInput, choices: Int, labels: [Int32]? = nil, options: ForwardOptions = ForwardOptions()
    ) throws -> MultipleChoiceModelOutput {
        guard choices > 0, input.lengths.count.isMultiple(of: choices) else {
            throw BertError(
                .invalidInput,
                "\(input.lengths.count) sequences can't be divided into questions with \(choices) choices each",
                key: "choices", value: .int(choices))
        }
        let (scores, run) = try parts.head.logits(parts.trunk, input, options)
        let logits = try scores.reshaped(to: [input.lengths.count / choices, choices])
        let loss = try labels.map { try Loss.crossEntropy(backend.floats(logits), classes: choices, labels: $0) }
        return MultipleChoiceModelOutput(loss: loss, logits: logits, states: run.states)
    }
}

extension MultipleChoiceModel {
    public func namedOutputs(_ request: ForwardRequest) throws -> [NamedTensor] {
        let (config, backend) = try (config, backend)
        let inputs = try NamedInputs(request, for: Self.modelName, more: ["labels"])
        let batch = try inputs.batch(config, rank: 3)
        let output = try forward(
            batch.input, choices: batch.leading[1],
            labels: inputs.labels("labels", [batch.leading[0]], [batch.leading[0], 1]), options: request.options)
        return try NamedOutputs.collect(loss: output.loss, output.states, on: backend) {
            try $0.add("logits", output.logits)
        }
    }
}

extension Dummy: MultipleChoiceModel where Model: MultipleChoiceModel {
    /// Always throws ``Dummy/error``.
    public func forward(
        _ input: ModelInput, choices: Int, labels: [Int32]?, options: ForwardOptions
    ) throws -> MultipleChoiceModelOutput {
        throw error
    }
}
