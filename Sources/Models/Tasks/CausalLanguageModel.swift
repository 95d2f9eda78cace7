public import BertCore

/// A model that gives each token a score for each word of the vocabulary to come next.
public protocol CausalLanguageModel: BertPreTrainedModel {
    /// Logits for each token, and the loss if there are labels.
    ///
    /// Tokens see only those before them if the configuration has `is_decoder`, as in `transformers`.
    ///
    /// - Parameters:
    ///   - input: the sequences of a batch.
    ///   - labels: the input's tokens; each is compared with what the token before it predicts. −100 leaves one out.
    ///   - options: which rows and states to return.
    /// - Throws: ``BertError`` with code `invalidInput` for input or labels that don't fit; what the backend throws; a
    ///   dummy its ``BackendUnavailableError``.
    func forward(
        _ input: ModelInput, labels: [Int32]?, options: ForwardOptions
    ) throws -> CausalLMOutputWithCrossAttentions
}

/// What a causal language model gives.
public struct CausalLMOutputWithCrossAttentions: ModelOutput {
    /// Cross entropy of each token's prediction of the next; nil without labels.
    public let loss: Float?
    /// `[rows, vocabulary]`, before the softmax.
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

    /// For each token the label of the next one of its sequence; none for the last.
    private func next(_ labels: [Int32], in sequences: PackedSequences) throws -> [Int32] {
        guard labels.count == sequences.totalLength else {
            throw BertError(
                .invalidInput, "labels has \(labels.count) values; \(sequences.totalLength) are needed")
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
