public import BertCore

/// A model for next sentence prediction, which classifies whether the second text of a pair follows the first.
public protocol NextSentencePredictionModel: BertPreTrainedModel {
    /// Computes the logits of each pair and, with labels, the loss.
    ///
    /// - Parameters:
    ///   - input: The sequences of a batch.
    ///   - labels: 0 for each pair whose second text follows the first, otherwise 1; −100 excludes a pair.
    ///   - options: The rows and states to return.
    /// - Throws: ``BertError`` with code `invalidInput` for invalid input or labels; errors of the backend; the
    ///   ``BackendUnavailableError`` of a dummy.
    func forward(_ input: ModelInput, labels: [Int32]?, options: ForwardOptions) throws -> NextSentencePredictorOutput
}

/// The output of a next sentence prediction model.
public struct NextSentencePredictorOutput: ModelOutput {
    /// The cross entropy; nil without labels.
    public let loss: Float?
    /// The logits, `[pairs, 2]`: follows, doesn't follow.
    public let logits: Tensor
    public let states: TrunkStates
}

extension NextSentencePredictionModel where Self: ComposedModel, Head == SequenceHead {
    public func forward(
        _ input: ModelInput, labels: [Int32]? = nil, options: ForwardOptions = ForwardOptions()
    ) throws -> NextSentencePredictorOutput {
        let (logits, run) = try parts.head.logits(parts.trunk, input, options)
        let loss = try labels.map { try Loss.crossEntropy(backend.floats(logits), classes: 2, labels: $0) }
        return NextSentencePredictorOutput(loss: loss, logits: logits, states: run.states)
    }
}

extension NextSentencePredictionModel {
    public func namedOutputs(_ request: ForwardRequest) throws -> [NamedTensor] {
        let (config, backend) = try (config, backend)
        let inputs = try NamedInputs(request, for: Self.modelName, more: ["labels", "next_sentence_label"])
        let batch = try inputs.batch(config)
        // An alternative name from older versions.
        let labels =
            try inputs.labels("labels", batch.leading, batch.leading + [1])
            ?? inputs.labels("next_sentence_label", batch.leading, batch.leading + [1])
        let output = try forward(batch.input, labels: labels, options: request.options)
        return try NamedOutputs.collect(loss: output.loss, output.states, on: backend) {
            try $0.add("logits", output.logits)
        }
    }
}

extension Dummy: NextSentencePredictionModel where Model: NextSentencePredictionModel {
    /// Always throws ``Dummy/error``.
    public func forward(
        _ input: ModelInput, labels: [Int32]?, options: ForwardOptions
    ) throws -> NextSentencePredictorOutput {
        throw error
    }
}
