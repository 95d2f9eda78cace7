public import BertCore

/// An encoder that turns sequences of tokens into hidden states.
public protocol EncoderModel: BertPreTrainedModel {
    /// Hidden states `[tokens, hidden]` of each token that the mask doesn't hide.
    ///
    /// - Throws: ``BertError`` with code `invalidInput` for ids, types or positions outside their tables and for
    ///   arguments whose sizes don't fit together; what the backend throws; a dummy its ``BackendUnavailableError``.
    func encode(_ input: ModelInput, options: ForwardOptions) throws -> BaseModelOutputWithPooling

    /// Hidden states `[sequences, hidden]` of each sequence's first token alone: rows of the `lastHiddenState` that
    /// ``encode(_:options:)`` gives, in less time, as the last layer computes no others.
    ///
    /// - Throws: as ``encode(_:options:)``; ``BertError`` with code `invalidInput` if a sequence has no tokens.
    func encodeFirstTokens(_ input: ModelInput) throws -> Tensor
}

/// What an encoder without a head gives, over packed tokens.
public struct BaseModelOutputWithPooling: ModelOutput {
    /// The last layer's output, `[tokens, hidden]`.
    public let lastHiddenState: Tensor
    /// tanh(dense(first token)) of each sequence, `[sequences, hidden]`; nil for a model without a pooler.
    public let poolerOutput: Tensor?
    public let states: EncoderStates
}

extension EncoderModel where Self: ComposedModel, Head == PoolerHead {
    public func encode(
        _ input: ModelInput, options: ForwardOptions = ForwardOptions()
    ) throws -> BaseModelOutputWithPooling {
        let run = try parts.encoder(input, options, wanted: .allTokens)
        return BaseModelOutputWithPooling(
            lastHiddenState: run.hidden, poolerOutput: try parts.head(run), states: run.states)
    }

    public func encodeFirstTokens(_ input: ModelInput) throws -> Tensor {
        try parts.encoder(input, wanted: .firstTokens).firstTokens()
    }

    public func namedOutputs(_ request: ForwardRequest) throws -> [NamedTensor] {
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

    /// Always throws ``Dummy/error``.
    public func encodeFirstTokens(_ input: ModelInput) throws -> Tensor { throw error }
}
