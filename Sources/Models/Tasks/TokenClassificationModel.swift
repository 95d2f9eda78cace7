public import BertCore

/// A model that gives each token a score for each label.
public protocol TokenClassificationModel: BertPreTrainedModel {
    /// Logits for each token, and the loss if there are labels.
    ///
    /// - Parameters:
    ///   - input: the sequences of a batch.
    ///   - labels: the class of each of the input's tokens, or of each of the rows that are asked for; −100 leaves one out.
    ///   - options: which rows and states to return.
    /// - Throws: ``BertError`` with code `invalidInput` for input or labels that don't fit; what the backend throws; a
    ///   dummy its ``BackendUnavailableError``.
    func forward(_ input: ModelInput, labels: [Int32]?, options: ForwardOptions) throws -> TokenClassifierOutput
}

/// What a token classifier gives.
public struct TokenClassifierOutput: ModelOutput {
    /// Cross entropy; nil without labels.
    public let loss: Float?
    /// `[rows, labels]`, before the softmax.
    public let logits: Tensor
    public let states: TrunkStates
}

extension TokenClassificationModel where Self: ComposedModel, Head == TokenHead {
    public func forward(
        _ input: ModelInput, labels: [Int32]? = nil, options: ForwardOptions = ForwardOptions()
    ) throws -> TokenClassifierOutput {
        let run = try parts.trunk(input, options.withMaskedTokens(ifLabelled: labels != nil))
        let logits = try parts.head(run)
        let loss = try labels.map {
            try Loss.crossEntropy(backend.floats(logits), classes: config.numLabels, labels: $0)
        }
        return TokenClassifierOutput(loss: loss, logits: logits, states: run.states)
    }
}

extension TokenClassificationModel {
    public func namedOutputs(_ request: ForwardRequest) throws -> [NamedTensor] {
        let (config, backend) = try (config, backend)
        let inputs = try NamedInputs(request, for: Self.modelName, more: ["labels"])
        let batch = try inputs.batch(config)
        let output = try forward(
            batch.input, labels: inputs.labels("labels", batch.leading + [batch.length]), options: request.options)
        return try NamedOutputs.collect(loss: output.loss, output.states, on: backend) {
            try $0.add("logits", packed: output.logits, output.layout)
        }
    }
}

extension Dummy: TokenClassificationModel where Model: TokenClassificationModel {
    /// Always throws ``Dummy/error``.
    public func forward(
        _ input: ModelInput, labels: [Int32]?, options: ForwardOptions
    ) throws -> TokenClassifierOutput {
        throw error
    }
}
