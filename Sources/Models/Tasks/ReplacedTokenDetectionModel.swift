public import BertCore

/// A model that finds the tokens of a text that were replaced by others (ELECTRA's discriminator).
public protocol ReplacedTokenDetectionModel: BertPreTrainedModel {
    /// A score for each token, and the loss if there are labels.
    ///
    /// - Parameters:
    ///   - input: the sequences of a batch.
    ///   - labels: for each of the input's tokens 1 if it was replaced, 0 if not; those of masked-out tokens don't count.
    ///   - options: which rows and states to return.
    /// - Throws: ``BertError`` with code `invalidInput` for input or labels that don't fit; what the backend throws; a
    ///   dummy its ``BackendUnavailableError``.
    func forward(_ input: ModelInput, labels: [Int32]?, options: ForwardOptions) throws -> ElectraForPreTrainingOutput
}

/// What a model that finds replaced tokens gives.
public struct ElectraForPreTrainingOutput: ModelOutput {
    /// Binary cross entropy over the tokens that are not masked out; nil without labels.
    public let loss: Float?
    /// `[rows]`, before the sigmoid: above 0 where the token was probably replaced.
    public let logits: Tensor
    public let states: TrunkStates
}

extension ReplacedTokenDetectionModel where Self: ComposedModel, Head == TokenHead {
    public func forward(
        _ input: ModelInput, labels: [Int32]? = nil, options: ForwardOptions = ForwardOptions()
    ) throws -> ElectraForPreTrainingOutput {
        try options.expectAllRows(ifLabelled: labels != nil)
        let output = try parts.trunk(input, options.withMaskedTokens(ifLabelled: labels != nil))
        let scores = try parts.head(output)
        let logits = try scores.reshaped(to: [scores.shape[0]])
        let loss = try labels.map { try self.loss(backend.floats(logits), $0, input) }
        return ElectraForPreTrainingOutput(loss: loss, logits: logits, states: output.states)
    }

    private func loss(_ logits: [Float], _ labels: [Int32], _ input: ModelInput) throws -> Float {
        guard labels.count == logits.count else {
            throw BertError(.invalidInput, "labels has \(labels.count) values; \(logits.count) are needed")
        }
        var seen = Array(labels.indices)
        if case .tokens(let mask) = input.mask { seen = seen.filter { mask[$0] } }
        return try Loss.binaryCrossEntropy(seen.map { logits[$0] }, seen.map { Float(labels[$0]) })
    }
}

extension ReplacedTokenDetectionModel {
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

extension Dummy: ReplacedTokenDetectionModel where Model: ReplacedTokenDetectionModel {
    /// Always throws ``Dummy/error``.
    public func forward(
        _ input: ModelInput, labels: [Int32]?, options: ForwardOptions
    ) throws -> ElectraForPreTrainingOutput {
        throw error
    }
}
