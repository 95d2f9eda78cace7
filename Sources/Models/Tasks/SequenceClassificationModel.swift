public import BertCore

/// A model for sequence classification.
public protocol SequenceClassificationModel: BertPreTrainedModel {
    /// Computes the logits of each sequence and, with labels, the loss.
    ///
    /// - Throws: ``BertError`` with code `invalidInput` for invalid input or labels; errors of the backend; the
    ///   ``BackendUnavailableError`` of a dummy.
    func forward(
        _ input: ModelInput, labels: SequenceLabels?, options: ForwardOptions
    ) throws -> SequenceClassifierOutput
}

/// The output of a sequence classification model.
public struct SequenceClassifierOutput: ModelOutput {
    /// The loss according to `problem_type`; nil without labels.
    public let loss: Float?
    /// The logits, `[sequences, labels]`.
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
