public import BertCore

/// A model with both heads that BERT is first trained with.
public protocol PreTrainingModel: BertPreTrainedModel {
    /// Logits of both heads, and the sum of their losses if both have labels.
    ///
    /// - Parameters:
    ///   - input: the sequences of a batch.
    ///   - labels: the right word of each of the input's tokens, or of each of the rows that are asked for; −100 leaves one
    ///     out.
    ///   - nextSentenceLabels: for each pair 0 if the second text follows the first, 1 if not (ALBERT: if they are
    ///     swapped).
    ///   - options: which rows and states to return.
    /// - Throws: ``BertError`` with code `invalidInput` for input or labels that don't fit; what the backend throws; a
    ///   dummy its ``BackendUnavailableError``.
    func forward(
        _ input: ModelInput, labels: [Int32]?, nextSentenceLabels: [Int32]?, options: ForwardOptions
    ) throws -> BertForPreTrainingOutput
}

/// What BERT's pre-training model gives.
public struct BertForPreTrainingOutput: ModelOutput {
    /// The sum of both cross entropies; nil unless both have labels.
    public let loss: Float?
    /// `[rows, vocabulary]`, before the softmax.
    public let predictionLogits: Tensor
    /// `[pairs, 2]`, before the softmax: the second text follows the first, or not (ALBERT: or the two are swapped).
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
