public import BertCore

/// A model with the pre-training heads of BERT.
public protocol PreTrainingModel: BertPreTrainedModel {
    /// Computes the logits of both heads and, with labels for both, the sum of their losses.
    ///
    /// - Parameters:
    ///   - input: The sequences of a batch.
    ///   - labels: The correct token for each token of the input or for each requested row; −100 excludes a token.
    ///   - nextSentenceLabels: 0 for each pair whose second text follows the first, otherwise 1 (in ALBERT, 1 if they
    ///     are swapped).
    ///   - options: The rows and states to return.
    /// - Throws: ``BertError`` with code `invalidInput` for invalid input or labels; errors of the backend; the
    ///   ``BackendUnavailableError`` of a dummy.
    func forward(
        _ input: ModelInput, labels: [Int32]?, nextSentenceLabels: [Int32]?, options: ForwardOptions
    ) throws -> BertForPreTrainingOutput
}

/// The output of a pre-training model.
public struct BertForPreTrainingOutput: ModelOutput {
    /// The sum of both cross entropies; nil without labels for both.
    public let loss: Float?
    /// The logits of masked language modeling, `[rows, vocabulary]`.
    public let predictionLogits: Tensor
    /// The logits of next sentence prediction, `[pairs, 2]`: follows, doesn't follow (in ALBERT: in order, swapped).
    public let seqRelationshipLogits: Tensor
    public let states: TrunkStates
}

extension PreTrainingModel where Self: ComposedModel, Head == PreTrainingHead {
    public func forward(
        _ input: ModelInput, labels: [Int32]? = nil, nextSentenceLabels: [Int32]? = nil,
        options: ForwardOptions = ForwardOptions()
    ) throws -> BertForPreTrainingOutput {
        let isLabelled = labels != nil && nextSentenceLabels != nil
        let run = try parts.trunk(input, options.withMaskedTokens(ifLabelled: isLabelled), needsFirst: true)
        let words = try parts.head.predictions(run)
        let pairs = try parts.head.relationship(run)
        var loss: Float?
        if let labels, let nextSentenceLabels {
            loss =
                try Loss.crossEntropy(backend.floats(words), classes: config.vocabSize, labels: labels)
                + Loss.crossEntropy(
                    backend.floats(pairs), classes: 2, labels: nextSentenceLabels,
                    name: parts.head.relationshipNames.labels)
        }
        return BertForPreTrainingOutput(
            loss: loss, predictionLogits: words, seqRelationshipLogits: pairs, states: run.states)
    }

    public func namedOutputs(_ request: ForwardRequest) throws -> [NamedTensor] {
        let inputs = try NamedInputs(
            request, for: Self.modelName, more: ["labels", parts.head.relationshipNames.labels])
        let batch = try inputs.batch(config)
        let output = try forward(
            batch.input, labels: inputs.labels("labels", batch.leading + [batch.length]),
            nextSentenceLabels: inputs.labels(parts.head.relationshipNames.labels, batch.leading, batch.leading + [1]),
            options: request.options)
        return try NamedOutputs.collect(loss: output.loss, output.states, on: backend) {
            try $0.add("prediction_logits", packed: output.predictionLogits, output.layout)
            try $0.add(parts.head.relationshipNames.output, output.seqRelationshipLogits)
        }
    }
}

extension Dummy: PreTrainingModel where Model: PreTrainingModel {
    /// Always throws ``Dummy/error``.
    public func forward(
        _ input: ModelInput, labels: [Int32]?, nextSentenceLabels: [Int32]?, options: ForwardOptions
    ) throws -> BertForPreTrainingOutput {
        throw error
    }
}
