public import BertCore

/// BERT with an off-ramp after every layer (Xin et al. 2020; `DeeBertModel` of the research code).
public struct DeeBertModel: EncoderModel {
    public static let baseModelPrefix = "bert"

    /// The configuration it was built from.
    public let config: BertConfig
    /// The values of its parameters, and how the checkpoint fitted.
    public let parameters: ParameterStore
    /// What it computes on.
    public let backend: any ComputeBackend
    let encoder: Encoder
    let pooler: Pooler
    let offRamps: [OffRamp]

    public static func parameterSpecs(_ config: BertConfig) throws -> [ParameterSpec] {
        parameterSpecs(prefix: "", config)
    }

    static func parameterSpecs(prefix: String, _ config: BertConfig) -> [ParameterSpec] {
        Encoder.parameterSpecs(prefix, config)
            + (0..<config.numHiddenLayers).flatMap {
                OffRamp.parameterSpecs("\(prefix)encoder.highway.\($0)", config)
            }
            + Pooler.parameterSpecs("\(prefix)pooler", config)
    }

    public init(config: BertConfig, parameters: ParameterStore, backend: any ComputeBackend) throws {
        try self.init(config: config, parameters: parameters, backend: backend, prefix: "")
    }

    init(config: BertConfig, parameters: ParameterStore, backend: any ComputeBackend, prefix: String) throws {
        let loader = WeightLoader(parameters: parameters, backend: backend)
        self.config = config
        self.parameters = parameters
        self.backend = backend
        encoder = try Encoder(loader, name: prefix, config, positionRule: .absolute)
        pooler = try Pooler(loader, name: "\(prefix)pooler")
        offRamps = try (0..<config.numHiddenLayers).map {
            try OffRamp(loader, name: "\(prefix)encoder.highway.\($0)")
        }
    }

    /// Hidden states of all layers; no sequence leaves early.
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

/// Stands in for ``DeeBertModel`` where its backend is missing.
public typealias DummyDeeBertModel = Dummy<DeeBertModel>
