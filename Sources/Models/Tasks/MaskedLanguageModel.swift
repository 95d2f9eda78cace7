public import BertCore

/// A model for masked language modeling, which predicts masked tokens.
public protocol MaskedLanguageModel: BertPreTrainedModel {
    /// Computes the logits of each token and, with labels, the loss.
    ///
    /// - Parameters:
    ///   - input: The sequences of a batch.
    ///   - labels: The correct token for each token of the input or for each requested row; −100 excludes a token.
    ///   - options: The rows and states to return.
    /// - Throws: ``BertError`` with code `invalidInput` for invalid input or labels; errors of the backend; the
    ///   ``BackendUnavailableError`` of a dummy.
    func forward(_ input: ModelInput, labels: [Int32]?, options: ForwardOptions) throws -> MaskedLMOutput

    /// Computes the logits in blocks of tokens, so that those of all tokens never have to fit in memory.
    ///
    /// - Parameters:
    ///   - count: The maximum number of tokens in a block.
    ///   - input: The sequences of a batch.
    ///   - body: Receives the logits `[tokens, vocabulary]` of the next tokens that aren't masked out.
    /// - Throws: Errors of ``forward(_:labels:options:)`` and of `body`.
    func forEachBlock(of count: Int, of input: ModelInput, _ body: (Tensor) throws -> Void) throws
}

extension MaskedLanguageModel {
    /// Computes all tokens in a single block by default.
    public func forEachBlock(of count: Int, of input: ModelInput, _ body: (Tensor) throws -> Void) throws {
        try body(forward(input, labels: nil, options: ForwardOptions()).logits)
    }
}

/// The output of a masked language model.
public struct MaskedLMOutput: ModelOutput {
    /// The cross entropy; nil without labels.
    public let loss: Float?
    /// The logits, `[rows, vocabulary]`.
    public let logits: Tensor
    public let states: TrunkStates
}

extension MaskedLanguageModel where Self: ComposedModel, Head == LanguageModelHead {
    public func forEachBlock(of count: Int, of input: ModelInput, _ body: (Tensor) throws -> Void) throws {
        let hidden = try parts.trunk(input).hidden()
        let tokens = hidden.shape.rowCount
        for start in stride(from: 0, to: tokens, by: count) {
            try Cancellation.check()
            let rows = start..<min(start + count, tokens)
            try body(
                parts.head(
                    rows.count == tokens ? hidden : backend.slice(hidden, axis: 0, range: rows), on: backend))
        }
    }

    public func forward(
        _ input: ModelInput, labels: [Int32]? = nil, options: ForwardOptions = ForwardOptions()
    ) throws -> MaskedLMOutput {
        let run = try parts.trunk(input, options.withMaskedTokens(ifLabelled: labels != nil))
        let logits = try parts.head(run)
        let loss = try labels.map {
            try Loss.crossEntropy(backend.floats(logits), classes: config.vocabSize, labels: $0)
        }
        return MaskedLMOutput(loss: loss, logits: logits, states: run.states)
    }

    public func namedOutputs(_ request: ForwardRequest) throws -> [NamedTensor] {
        try languageModelOutputs(request) { input, labels in
            let output = try forward(input, labels: labels, options: request.options)
            return (output.loss, output.logits, output.states)
        }
    }
}

extension ComposedModel where Head == LanguageModelHead {
    /// Returns the named outputs of a masked or causal language model.
    func languageModelOutputs(
        _ request: ForwardRequest,
        forward: (ModelInput, [Int32]?) throws -> (loss: Float?, logits: Tensor, states: TrunkStates)
    ) throws -> [NamedTensor] {
        let inputs = try NamedInputs(request, for: Self.modelName, more: ["labels"])
        let batch = try inputs.batch(config)
        let output = try forward(batch.input, inputs.labels("labels", batch.leading + [batch.length]))
        return try NamedOutputs.collect(loss: output.loss, output.states, on: backend) {
            try $0.add("logits", packed: output.logits, output.states.layout)
        }
    }
}

extension Dummy: MaskedLanguageModel where Model: MaskedLanguageModel {
    /// Always throws ``Dummy/error``.
    public func forward(_ input: ModelInput, labels: [Int32]?, options: ForwardOptions) throws -> MaskedLMOutput {
        throw error
    }
}
