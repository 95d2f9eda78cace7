public import BertCore

/// A model that gives each sequence a score for each label.
public protocol SequenceClassificationModel: BertPreTrainedModel {
    /// Logits for each sequence, and the loss if there are labels.
    ///
    /// - Throws: ``BertError`` with code `invalidInput` for input or labels that don't fit; what the backend throws; a
    ///   dummy its ``BackendUnavailableError``.
    func forward(
        _ input: ModelInput, labels: SequenceLabels?, options: ForwardOptions
    ) throws -> SequenceClassifierOutput
}

/// What a sequence classifier gives.
public struct SequenceClassifierOutput: ModelOutput {
    /// By `problem_type`; nil without labels.
    public let loss: Float?
    /// `[sequences, labels]`, before the softmax.
    public let logits: Tensor
    public let states: TrunkStates
}

extension SequenceClassificationModel where Self: ComposedModel, Head == SequenceHead {
    public func forward(
        _ input: ModelInput, labels: SequenceLabels? = nil, options: ForwardOptions = ForwardOptions()
    ) throws -> SequenceClassifierOutput {
        let (logits, run) = try parts.head.logits(parts.trunk, input, options)
        return SequenceClassifierOutput(
            loss: try labels.map { try config.sequenceLoss(backend.floats(logits), $0) }, logits: logits,
            states: run.states)
    }
}

extension SequenceClassificationModel {
    public func namedOutputs(_ request: ForwardRequest) throws -> [NamedTensor] {
        let (config, backend) = try (config, backend)
        let inputs = try NamedInputs(request, for: Self.modelName, more: ["labels"])
        let batch = try inputs.batch(config)
        let labels = try inputs.sequenceLabels(sequences: batch.sequences, labels: config.numLabels)
        let output = try forward(batch.input, labels: labels, options: request.options)
        return try NamedOutputs.collect(loss: output.loss, output.states, on: backend) {
            try $0.add("logits", output.logits)
        }
    }
}

extension Dummy: SequenceClassificationModel where Model: SequenceClassificationModel {
    /// Always throws ``Dummy/error``.
    public func forward(
        _ input: ModelInput, labels: SequenceLabels?, options: ForwardOptions
    ) throws -> SequenceClassifierOutput {
        throw error
    }
}
