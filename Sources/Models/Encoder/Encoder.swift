import BertCore

/// The trunk that all families share: embeddings, then layers, over packed sequences.
struct Encoder: Sendable {
    let config: BertConfig
    let positionRule: PositionRule
    let embeddings: Embeddings
    let layers: [EncoderLayer]
    let backend: any ComputeBackend

    /// The parameters of BERT's and RoBERTa's trunk under `name` (empty, or ending in a dot).
    static func parameterSpecs(_ name: String, _ config: BertConfig) -> [ParameterSpec] {
        Embeddings.parameterSpecs(name + "embeddings", config)
            + (0..<config.numHiddenLayers).flatMap {
                EncoderLayer.parameterSpecs("\(name)encoder.layer.\($0)", config, heads: config.heads(inLayer: $0))
            }
    }

    init(_ loader: WeightLoader, name: String, _ config: BertConfig, positionRule: PositionRule) throws {
        self.config = config
        self.positionRule = positionRule
        backend = loader.backend
        embeddings = try Embeddings(loader, name: name + "embeddings", config)
        layers = try (0..<config.numHiddenLayers).map {
            try EncoderLayer(loader, name: "\(name)encoder.layer.\($0)", config)
        }
    }

    /// Runs the layers one after the other.
    ///
    /// - Parameter afterLayer: is shown the state after each layer and says which of the sequences still there leave;
    ///   the others are compacted and go on. Nil runs all sequences through all layers.
    func callAsFunction(
        _ input: ModelInput, collecting wanted: ForwardOptions = ForwardOptions(),
        afterLayer: ((Int, EncoderState) throws -> [Bool])? = nil
    ) throws -> EncoderRun {
        let packed = try PackedInput(input, config: config, positionRule: positionRule)
        let headScales = try input.headMask?.map { try backend.constant($0, shape: [$0.count]) }
        var state = EncoderState(
            hidden: try embeddings(packed, on: backend), sequences: packed.sequences, mask: packed.mask)
        var run = EncoderRun(input: packed, state: state)
        if wanted.hiddenStates { run.hiddenStates.append(state.hidden) }
        var mask = try state.mask.map { try backend.constant($0, shape: [$0.count]) }
        for (index, layer) in layers.enumerated() {
            guard !state.alive.isEmpty else { break }
            let options = AttentionOptions(
                heads: config.heads(inLayer: index), scale: 1 / Float(config.headSize).squareRoot(),
                sequences: state.sequences, mask: mask, headScale: headScales?[index],
                returnsProbabilities: wanted.attentions)
            let (hidden, probabilities) = try layer(
                state.hidden, options, activation: config.hiddenAct.function, on: backend)
            state.hidden = hidden
            if wanted.hiddenStates { run.hiddenStates.append(hidden) }
            if let probabilities { run.attentions.append(probabilities) }
            if let leaving = try afterLayer?(index, state), leaving.contains(true) {
                try state.remove(leaving, on: backend)
                mask = try state.mask.map { try backend.constant($0, shape: [$0.count]) }
            }
        }
        run.state = state
        return run
    }
}

/// What to give back beside the last layer's output.
public struct ForwardOptions: Sendable {
    /// The embeddings' output and every layer's (`output_hidden_states`).
    public var hiddenStates: Bool
    /// Every layer's attention probabilities (`output_attentions`).
    public var attentions: Bool

    /// By default neither.
    public init(hiddenStates: Bool = false, attentions: Bool = false) {
        self.hiddenStates = hiddenStates
        self.attentions = attentions
    }
}

/// What an encoder has computed.
struct EncoderRun {
    let input: PackedInput
    /// After the last layer.
    var state: EncoderState
    /// `[tokens, hidden]` each.
    var hiddenStates: [Tensor] = []
    /// Flat blocks `[heads, query, key]` of each sequence, for each layer.
    var attentions: [Tensor] = []

    init(input: PackedInput, state: EncoderState) {
        self.input = input
        self.state = state
    }
}

extension BertConfig {
    /// The width of the embedding tables: ALBERT's are narrower than its hidden states.
    var embeddingWidth: Int { modelType == .albert ? embeddingSize : hiddenSize }
}
