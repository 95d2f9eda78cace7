public import BertCore

/// A model for causal language modeling, which predicts the next token.
public protocol CausalLanguageModel: BertPreTrainedModel {
    /// Computes the logits of each token and, with labels, the loss.
    ///
    /// Attention is causal if the configuration has `is_decoder`, as in `transformers`.
    ///
    /// - Parameters:
    ///   - input: The sequences of a batch.
    ///   - labels: The tokens of the input; each is compared with the prediction of the previous token. −100 excludes a
    ///     token.
    ///   - options: The rows and states to return.
    /// - Throws: ``BertError`` with code `invalidInput` for invalid input or labels; errors of the backend; the
    ///   ``BackendUnavailableError`` of a dummy.
    func forward(
        _ input: ModelInput, labels: [Int32]?, options: ForwardOptions
    ) throws -> CausalLMOutputWithCrossAttentions
}

/// The output of a causal language model.
public struct CausalLMOutputWithCrossAttentions: ModelOutput {
    /// The cross entropy of next-token predictions; nil without labels.
    public let loss: Float?
    /// The logits, `[rows, vocabulary]`.
    public let logits: Tensor
    public let states: TrunkStates
}

extension CausalLanguageModel where Self: ComposedModel, Head == LanguageModelHead {
    public func forward(
        _ input: ModelInput, labels: [Int32]? = nil, options: ForwardOptions = ForwardOptions()
    ) throws -> CausalLMOutputWithCrossAttentions {
        try options.expectAllRows(ifLabelled: labels != nil)
        let run = try parts.trunk(input, options.withMaskedTokens(ifLabelled: labels != nil))
        let logits = try parts.head(run)
        let loss = try labels.map {
            try Loss.crossEntropy(
                backend.floats(logits), classes: config.vocabSize, labels: next($0, in: run.states.sequences))
        }
        return CausalLMOutputWithCrossAttentions(loss: loss, logits: logits, states: run.states)
    }

    public func namedOutputs(_ request: ForwardRequest) throws -> [NamedTensor] {
        try languageModelOutputs(request) { input, labels in
            let output = try forward(input, labels: labels, options: request.options)
            return (output.loss, output.logits, output.states)
        }
    }

    /// Returns the label of the next token for each token except the last of a sequence.
    private func next(_ labels: [Int32], in sequences: PackedSequences) throws -> [Int32] {
        guard labels.count == sequences.totalLength else {
            throw BertError(
                .invalidInput, "\(labels.count) values; expected \(sequences.totalLength)", key: "labels",
                value: .int(labels.count), limit: .int(sequences.totalLength))
        }
        return (0..<sequences.count).flatMap { index in
            sequences[index].isEmpty ? [] : labels[sequences[index].dropFirst()] + [Loss.ignored]
        }
    }
}

extension Dummy: CausalLanguageModel where Model: CausalLanguageModel {
    /// Always throws ``Dummy/error``.
    public func forward(
        _ input: ModelInput, labels: [Int32]?, options: ForwardOptions
    ) throws -> CausalLMOutputWithCrossAttentions {
        throw error
    }
}
