public import BertCore

/// A model for replaced token detection (ELECTRA's discriminator).
public protocol ReplacedTokenDetectionModel: BertPreTrainedModel {
    /// Computes the logit of each token and, with labels, the loss.
    ///
    /// - Parameters:
    ///   - input: The sequences of a batch.
    ///   - labels: 1 for each replaced token of the input, otherwise 0. Masked-out tokens are ignored.
    ///   - options: The rows and states to return.
    /// - Throws: ``BertError`` with code `invalidInput` for invalid input or labels; errors of the backend; the
    ///   ``BackendUnavailableError`` of a dummy.
    func forward(_ input: ModelInput, labels: [Int32]?, options: ForwardOptions) throws -> ElectraForPreTrainingOutput
}

/// The output of a replaced token detection model.
public struct ElectraForPreTrainingOutput: ModelOutput {
    /// The binary cross entropy over all tokens that aren't masked out; nil without labels.
    public let loss: Float?
    /// The logits, `[rows]`; positive for tokens that were probably replaced.
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
            throw BertError(
                .invalidInput, "\(labels.count) values; expected \(logits.count)", key: "labels",
                value: .int(labels.count), limit: .int(logits.count))
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
