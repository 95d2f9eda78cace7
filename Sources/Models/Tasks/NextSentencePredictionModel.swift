public import BertCore

/// A model that says whether the second text of a pair follows the first.
public protocol NextSentencePredictionModel: BertPreTrainedModel {
    /// Logits for each pair, and the loss if there are labels.
    ///
    /// - Parameters:
    ///   - input: the sequences of a batch.
    ///   - labels: for each pair 0 if the second text follows the first, 1 if not; −100 leaves one out.
    ///   - options: which rows and states to return.
    /// - Throws: ``BertError`` with code `invalidInput` for input or labels that don't fit; what the backend throws; a
    ///   dummy its ``BackendUnavailableError``.
    func forward(_ input: ModelInput, labels: [Int32]?, options: ForwardOptions) throws -> NextSentencePredictorOutput
}

/// What a next sentence predictor gives.
public struct NextSentencePredictorOutput: ModelOutput {
    /// Cross entropy; nil without labels.
    public let loss: Float?
    /// `[pairs, 2]`, before the softmax: follows, does not.
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
        // The older name is still understood.
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
