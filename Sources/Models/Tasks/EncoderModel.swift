public import BertCore

/// An encoder that turns sequences of tokens into hidden states.
public protocol EncoderModel: BertPreTrainedModel {
    /// Hidden states `[rows, hidden]` of the tokens that ``ForwardOptions/rows`` asks for: by default each token that the
    /// mask doesn't hide.
    ///
    /// - Throws: ``BertError`` with code `invalidInput` for ids, types or positions outside their tables and for
    ///   arguments whose sizes don't fit together; what the backend throws; a dummy its ``BackendUnavailableError``.
    func encode(_ input: ModelInput, options: ForwardOptions) throws -> BaseModelOutputWithPooling
}

/// What an encoder without a head gives, over packed tokens.
public struct BaseModelOutputWithPooling: ModelOutput {
    /// The last layer's output, `[rows, hidden]`: of each token that ``ForwardOptions/rows`` asks for.
    public let lastHiddenState: Tensor
    /// tanh(dense(first token)) of each sequence, `[sequences, hidden]`; nil for a model without a pooler.
    public let poolerOutput: Tensor?
    public let states: TrunkStates
}

extension EncoderModel where Self: ComposedModel, Head == PoolerHead {
    public func encode(
        _ input: ModelInput, options: ForwardOptions = ForwardOptions()
    ) throws -> BaseModelOutputWithPooling {
        let run = try parts.trunk(input, options, needsFirst: parts.head.isPresent)
        return BaseModelOutputWithPooling(
            lastHiddenState: try run.hidden(), poolerOutput: try parts.head(run), states: run.states)
    }
}

extension EncoderModel {
    public func namedOutputs(_ request: ForwardRequest) throws -> [NamedTensor] {
        let (config, backend) = try (config, backend)
        let inputs = try NamedInputs(request, for: Self.modelName, more: [])
        let output = try encode(inputs.batch(config).input, options: request.options)
        return try NamedOutputs.collect(output.states, on: backend) {
            try $0.add("last_hidden_state", packed: output.lastHiddenState, output.layout)
            try $0.add("pooler_output", output.poolerOutput)
        }
    }
}

extension Dummy: EncoderModel where Model: EncoderModel {
    /// Always throws ``Dummy/error``.
    public func encode(_ input: ModelInput, options: ForwardOptions) throws -> BaseModelOutputWithPooling {
        throw error
    }
}
