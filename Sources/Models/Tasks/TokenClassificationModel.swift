public import BertCore

/// A model for token classification.
public protocol TokenClassificationModel: BertPreTrainedModel {
    /// Computes the logits of each token and, with labels, the loss.
    ///
    /// - Parameters:
    ///   - input: The sequences of a batch.
    ///   - labels: The class of each token of the input or of each requested row; −100 excludes a token.
    ///   - options: The rows and states to return.
    /// - Throws: ``BertError`` with code `invalidInput` for invalid input or labels; errors of the backend; the
    ///   ``BackendUnavailableError`` of a dummy.
    func forward(_ input: ModelInput, labels: [Int32]?, options: ForwardOptions) throws -> TokenClassifierOutput
}

/// The output of a token classification model.
public struct TokenClassifierOutput: ModelOutput {
    /// The cross entropy; nil without labels.
    public let loss: Float?
    /// The logits, `[rows, labels]`.
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
