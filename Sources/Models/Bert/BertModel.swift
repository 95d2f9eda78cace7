public import BertCore

/// An encoder that turns sequences of tokens into hidden states.
public protocol EncoderModel: BertPreTrainedModel {
    /// Hidden states `[tokens, hidden]` of each token that the mask doesn't hide.
    ///
    /// - Throws: ``BertError`` with code `invalidInput` for ids, types or positions outside their tables and for
    ///   arguments whose sizes don't fit together; what the backend throws; a dummy its ``BackendUnavailableError``.
    func encode(_ input: ModelInput, options: ForwardOptions) throws -> BaseModelOutputWithPooling
}

/// The bare BERT encoder with its pooler (Devlin et al. 2019; `transformers.BertModel`).
public struct BertModel: EncoderModel {
    public static let baseModelPrefix = "bert"

    /// The configuration it was built from.
    public let config: BertConfig
    /// The values of its parameters, and how the checkpoint fitted.
    public let parameters: ParameterStore
    /// What it computes on.
    public let backend: any ComputeBackend
    private let encoder: Encoder
    private let pooler: Pooler

    public static func parameterSpecs(_ config: BertConfig) throws -> [ParameterSpec] {
        Encoder.parameterSpecs("", config) + Pooler.parameterSpecs("pooler", config)
    }

    public init(config: BertConfig, parameters: ParameterStore, backend: any ComputeBackend) throws {
        let loader = WeightLoader(parameters: parameters, backend: backend)
        self.config = config
        self.parameters = parameters
        self.backend = backend
        encoder = try Encoder(loader, name: "", config, positionRule: .absolute)
        pooler = try Pooler(loader, name: "pooler")
    }

    public func encode(
        _ input: ModelInput, options: ForwardOptions = ForwardOptions()
    ) throws -> BaseModelOutputWithPooling {
        let run = try encoder(input, collecting: options)
        return BaseModelOutputWithPooling(
            lastHiddenState: run.state.hidden,
            poolerOutput: try pooler(run.state.firstTokens(on: backend), on: backend),
            hiddenStates: options.hiddenStates ? run.hiddenStates : nil,
            attentions: options.attentions ? run.attentions : nil,
            sequences: run.state.sequences, layout: PaddedLayout(input, run.input))
    }
}

/// Stands in for ``BertModel`` where its backend is missing.
public typealias DummyBertModel = Dummy<BertModel>

extension Dummy: EncoderModel where Model: EncoderModel {
    /// Always throws ``Dummy/error``.
    public func encode(_ input: ModelInput, options: ForwardOptions) throws -> BaseModelOutputWithPooling {
        throw error
    }
}
