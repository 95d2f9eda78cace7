public import BertCore

/// A model that computes hidden states.
public protocol EncoderModel: BertPreTrainedModel {
    /// Computes the hidden states `[rows, hidden]` of the tokens in ``ForwardOptions/rows``; by default of all tokens
    /// that aren't masked out.
    ///
    /// - Throws: ``BertError`` with code `invalidInput` for ids, types or positions that are out of range, or arguments
    ///   with inconsistent sizes; errors of the backend; the ``BackendUnavailableError`` of a dummy.
    func encode(_ input: ModelInput, options: ForwardOptions) throws -> BaseModelOutputWithPooling
}

/// The output of an encoder without a head, over packed tokens.
public struct BaseModelOutputWithPooling: ModelOutput {
    /// The hidden states of the last layer, `[rows, hidden]`, of the tokens in ``ForwardOptions/rows``.
    public let lastHiddenState: Tensor
    /// The pooler output tanh(dense(first token)), `[sequences, hidden]`; nil for a model without a pooler.
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
