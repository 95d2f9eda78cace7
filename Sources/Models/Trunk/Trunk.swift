import BertCore

/// The encoder shared by all families: embeddings, layers with a hook after each of them, and the final normalization,
/// over packed sequences.
public struct Trunk: Sendable {
    private let config: BertConfig
    private let family: ModelFamily
    private let embeddings: Embeddings
    private let layers: [any TrunkLayer]
    private let usesPlaces: Bool
    private let finalNorm: LayerNormWeights?
    private let backend: any ComputeBackend

    /// Returns the parameters of a family's trunk with the given name prefix, which is empty or ends in a dot.
    /// Parameters that several layers share are returned once.
    public static func parameterSpecs(
        _ prefix: String, _ config: BertConfig, _ family: ModelFamily
    ) -> [ParameterSpec] {
        var seen: Set<String> = []
        var specs = family.embeddings(config).parameterSpecs(prefix, config, family.positions(config))
        for layer in family.layers(config) { specs += layer.parameterSpecs(prefix, config) }
        if let norm = family.finalNorm(config) {
            specs += ParameterSpec.layerNorm(norm.under(prefix), config.hiddenSize)
        }
        return specs.filter { seen.insert($0.name).inserted }
    }

    /// Checks that a configuration is supported.
    ///
    /// - Throws: ``BertError`` with code `invalidConfiguration` or `unsupported`.
    static func check(_ config: BertConfig, _ family: ModelFamily) throws {
        if config.positionEmbeddingType != .absolute {
            let type = config.positionEmbeddingType.rawValue
            throw BertError(
                .unsupported, "\"\(type)\" is not supported; only \"absolute\" is supported", file: BertConfig.fileName,
                key: "position_embedding_type", value: .string(type))
        }
        if config.addCrossAttention, !config.isDecoder, family.canDecode {
            throw BertError(
                .invalidConfiguration, "requires is_decoder", file: BertConfig.fileName, key: "add_cross_attention")
        }
    }

    /// Loads a family's trunk. `prefix` is the prefix of its parameter names.
    public init(_ loader: WeightLoader, prefix: String, _ config: BertConfig, _ family: ModelFamily) throws {
        self.config = config
        self.family = family
        backend = loader.backend
        embeddings = try Embeddings(
            loader, prefix: prefix, family.embeddings(config), epsilon: config.layerNormEps,
            zeroesMaskedTokens: family.zeroesMaskedTokens)
        var loaded: [String: any TrunkLayer] = [:]
        let recipes = family.layers(config)
        usesPlaces = recipes.contains(where: \.usesPlaces)
        layers = try recipes.map { recipe in
            let layer = try loaded[recipe.path] ?? recipe.load(loader, prefix, config)
            loaded[recipe.path] = layer
            return layer
        }
        finalNorm = try family.finalNorm(config).map {
            try loader.layerNorm($0.under(prefix), epsilon: config.layerNormEps)
        }
    }

    /// A closure that receives the active sequences after a layer (starting at 0) and returns which of them exit. An
    /// empty array means none. It may be called concurrently for different parts of a batch.
    public typealias AfterLayer = @Sendable (Int, ActiveSequences) throws -> [Bool]

    /// A closure that returns whether any of the sequences with these indices may exit after a layer (starting at 0).
    public typealias MayLeave = @Sendable (Int, [Int]) -> Bool

    /// A layer whose sequences have at least this many tokens on average computes their first tokens ahead of the
    /// others. In shorter ones, the first tokens are too large a part.
    private static let tokensToLookAhead = 4

    /// Runs all layers.
    ///
    /// The batch is divided into parts that run concurrently if the backend supports it and only the last hidden states
    /// are needed.
    ///
    /// - Parameters:
    ///   - input: The sequences of a batch.
    ///   - options: The rows and states to return.
    ///   - rows: The tokens whose hidden states the caller reads; nil for those in `options`. All tokens are computed
    ///     if hidden states of all layers or attentions are requested, or with cross-attention.
    ///   - needsFirst: Whether the caller also reads the first token of each sequence.
    ///   - isDivisible: Whether parts of the batch can be processed independently.
    ///   - afterLayer: The closure to call after each layer; nil to run all sequences through all layers.
    ///   - mayLeave: A closure for callers that only read first tokens in `afterLayer`. Where it returns true, a layer
    ///     computes the first tokens, calls `afterLayer` with them alone, and computes the other tokens of only those
    ///     sequences that don't exit. By default, it always returns false.
    /// - Throws: ``BertError`` with code `invalidInput`; errors of the backend; `CancellationError` before a layer if
    ///   the awaiting task was canceled.
    public func callAsFunction(
        _ input: ModelInput, _ options: ForwardOptions = ForwardOptions(), rows: TokenRows? = nil,
        needsFirst: Bool = false, isDivisible: Bool = true, afterLayer: AfterLayer? = nil,
        mayLeave: @escaping MayLeave = { _, _ in false }
    ) throws -> TrunkOutput {
        var options = options
        options.rows = rows ?? options.rows
        return try backend.asCaller {
            try pass(input, options, needsFirst: needsFirst, isDivisible: isDivisible, mayLeave, afterLayer)
        }
    }

    private func pass(
        _ input: ModelInput, _ options: ForwardOptions, needsFirst: Bool, isDivisible: Bool,
        _ mayLeave: @escaping MayLeave, _ afterLayer: AfterLayer?
    ) throws -> TrunkOutput {
        try Cancellation.check()
        let packed = try PackedInput(input, config: config, positions: family.positions(config), options)
        let cross = try crossAttentionInput(input, packed, leavesEarly: afterLayer != nil)
        var collector = StateCollector(options, config, hasCrossAttention: cross != nil)
        let rows = try RowSelection(
            options.rows, of: packed, needsFirst: needsFirst, computesAll: collector.isWanted || cross != nil)
        let looksAhead =
            options.rows == .first && options.dropout == nil && cross == nil && !collector.isWanted
            && !(backend is any CheckpointingBackend)
        var exits = mayLeave
        if !looksAhead { exits = { _, _ in false } }
        var state: ActiveSequences
        if isDivisible, backend.dividesBatches, options.dropout == nil, cross == nil, !collector.isWanted,
            let workers = backend.workerPool,
            let parts = BatchParts(
                packed.sequences, threads: workers.threads,
                leavesEarly: layers.indices.dropLast().contains { exits($0, Array(0..<packed.sequences.count)) })
        {
            let states = try workers.map(parts.ranges.count) { index in
                let part = parts.ranges[index]
                var state = try ActiveSequences(packed[part], from: part.lowerBound, embeddings, nil, on: backend)
                var nothing = StateCollector()
                try run(
                    &state, &nothing, rows.computed, headMask: input.headMask, cross: nil, options, exits, afterLayer)
                return state
            }
            state = try OperationScope.with("encoder.joining", on: backend) {
                try ActiveSequences(joining: states, on: backend)
            }
        } else {
            state = try ActiveSequences(packed, embeddings, dropout(options, part: 0), on: backend)
            try run(
                &state, &collector, rows.computed, headMask: input.headMask, cross: cross, options, exits, afterLayer)
        }
        return TrunkOutput(
            state: state, states: collector.states(packed.sequences, PaddedLayout(input, packed)), backend: backend,
            given: rows.given, dropout: dropout(options, part: layers.count + 1))
    }

    /// Returns the dropout of a part. Part 0 is the embeddings, followed by the layers and the heads.
    private func dropout(_ options: ForwardOptions, part: Int) -> PartDropout? {
        options.dropout.map { PartDropout($0, family.dropoutRates(config), part: part) }
    }

    private func run(
        _ state: inout ActiveSequences, _ collector: inout StateCollector, _ rows: [[Int]]?, headMask: [[Float]]?,
        cross: CrossAttentionInput?, _ options: ForwardOptions, _ mayLeave: MayLeave, _ afterLayer: AfterLayer?
    ) throws {
        var whereabouts: (places: AttentionPlaces?, positions: AttentionPlaces?)?
        for (index, layer) in layers.enumerated() {
            guard !state.alive.isEmpty else { break }
            try Cancellation.check()
            collector.addHidden(state)
            let last = try index == layers.count - 1 ? rows.map { try state.rows($0, on: backend) } : nil
            func input(_ rows: ActiveSequences.Rows?, projections: Tensor?) throws -> LayerInput {
                // Unchanged between layers until sequences exit or a layer computes only some rows.
                if usesPlaces, whereabouts == nil || rows != nil {
                    whereabouts = try state.whereabouts(of: rows, on: backend)
                }
                defer { if rows != nil { whereabouts = nil } }
                return LayerInput(
                    hidden: state.hidden, rows: rows?.indices, queries: rows?.sequences ?? state.sequences,
                    keys: state.sequences, mask: rows == nil ? state.mask : rows?.mask, wholeMask: state.mask,
                    fullyMaskedRows: options.fullyMaskedRows, host: HostTokens(state, rows),
                    places: whereabouts?.places, positions: whereabouts?.positions, headMask: headMask,
                    returnsProbabilities: collector.wantsAttentions, dropout: dropout(options, part: index + 1),
                    cross: cross, projections: projections)
            }
            var projections: Tensor?
            var looksAhead = false
            if last == nil, let rows, let afterLayer, let layer = layer as? any DivisibleLayer,
                state.sequences.totalLength >= Self.tokensToLookAhead * state.sequences.count,
                mayLeave(index, state.alive)
            {
                looksAhead = true
                var ahead = state
                try OperationScope.with("encoder.layer.\(index)", on: backend) {
                    let all = try layer.projections(of: state.hidden, on: backend)
                    let first = try state.rows(rows, on: backend)
                    ahead.hidden = try layer(input(first, projections: all), on: backend).hidden
                    ahead.keep(first)
                    projections = all
                }
                let leaving = try afterLayer(index, ahead)
                if leaving.contains(true) {
                    projections = try OperationScope.with("encoder.layer.\(index).leaving", on: backend) {
                        try state.remove(leaving, with: projections, on: backend)
                    }
                }
                guard !state.alive.isEmpty else { break }
            }
            let output = try OperationScope.with("encoder.layer.\(index)", on: backend) {
                try compute(layer, input(last, projections: projections), options)
            }
            state.hidden = output.hidden
            if let last { state.keep(last) }
            collector.addAttention(output, state)
            if !looksAhead, let leaving = try afterLayer?(index, state), leaving.contains(true) {
                try OperationScope.with("encoder.layer.\(index).leaving", on: backend) {
                    try state.remove(leaving, on: backend)
                    whereabouts = nil
                }
            }
        }
        guard !state.alive.isEmpty else { return }
        state.hidden = try normalized(state.hidden)
        collector.addHidden(state)
    }

    /// Applies the normalization that follows the last layer to hidden states of any layer, `[…, hidden]`; returns them
    /// unchanged if the family has none.
    func normalized(_ hidden: Tensor) throws -> Tensor {
        guard let finalNorm else { return hidden }
        return try OperationScope.with("final_norm", on: backend) {
            try backend.layerNorm(hidden, residual: nil, finalNorm)
        }
    }

    private func compute(
        _ layer: any TrunkLayer, _ input: LayerInput, _ options: ForwardOptions
    ) throws -> LayerOutput {
        guard options.checkpointsLayers, !input.returnsProbabilities,
            let checkpointing = backend as? any CheckpointingBackend
        else { return try layer(input, on: backend) }
        return LayerOutput(
            hidden: try checkpointing.checkpoint(input.hidden) { hidden, backend in
                var input = input
                input.hidden = hidden
                return try layer(input, on: backend).hidden
            })
    }

    private func crossAttentionInput(
        _ input: ModelInput, _ packed: PackedInput, leavesEarly: Bool
    ) throws -> CrossAttentionInput? {
        guard let encoder = input.encoder else { return nil }
        return try CrossAttentionInput(
            encoder, queries: packed.sequences, hiddenSize: config.hiddenSize,
            takesStates: config.attendsToEncoder && !leavesEarly, on: backend)
    }
}
