public import BertCore

/// A model that gives each token a score for each word of the vocabulary, having seen all the others.
public protocol MaskedLanguageModel: BertPreTrainedModel {
    /// Logits for each token, and the loss if there are labels.
    ///
    /// - Parameters:
    ///   - input: the sequences of a batch.
    ///   - labels: the right word of each of the input's tokens, or of each of the rows that are asked for; −100 leaves one
    ///     out.
    ///   - options: which rows and states to return.
    /// - Throws: ``BertError`` with code `invalidInput` for input or labels that don't fit; what the backend throws; a
    ///   dummy its ``BackendUnavailableError``.
    func forward(_ input: ModelInput, labels: [Int32]?, options: ForwardOptions) throws -> MaskedLMOutput

    /// Gives the logits of a few tokens at a time, so that those of all are never there at once.
    ///
    /// - Parameters:
    ///   - count: the most tokens of a block.
    ///   - input: the sequences of a batch.
    ///   - body: takes the logits of the next tokens that the mask doesn't hide, `[tokens, vocabulary]`.
    /// - Throws: as ``forward(_:labels:options:)``; what `body` throws.
    func forEachBlock(of count: Int, of input: ModelInput, _ body: (Tensor) throws -> Void) throws
}

extension MaskedLanguageModel {
    /// All tokens in one block, unless a model has another way.
    public func forEachBlock(of count: Int, of input: ModelInput, _ body: (Tensor) throws -> Void) throws {
        try body(forward(input, labels: nil, options: ForwardOptions()).logits)
    }
}

/// What a masked language model gives.
public struct MaskedLMOutput: ModelOutput {
    /// Cross entropy; nil without labels.
    public let loss: Float?
    /// `[rows, vocabulary]`, before the softmax.
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
    /// The named outputs of a language model, masked or causal.
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
