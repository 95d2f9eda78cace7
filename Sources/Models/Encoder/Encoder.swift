import BertCore

/// The trunk that all families share: embeddings, then layers, over packed sequences.
struct Encoder: Sendable {
    private let config: BertConfig
    private let family: ModelFamily
    private let embeddings: Embeddings
    /// The sub-layers of each layer: one, but in ALBERT `inner_group_num`.
    private let layers: [[(layer: EncoderLayer, headMaskRow: Int)]]
    private let backend: any ComputeBackend

    /// The parameters of the trunk under `prefix` (empty, or ending in a dot), each once, however many layers share it.
    static func parameterSpecs(_ prefix: String, _ config: BertConfig, _ family: ModelFamily) -> [ParameterSpec] {
        var seen: Set<String> = []
        var specs = Embeddings.parameterSpecs(prefix, config, family)
        for (index, paths) in family.layerPaths(config).enumerated() {
            for entry in paths where seen.insert(entry.path).inserted {
                specs += EncoderLayer.parameterSpecs(prefix + entry.path, layer: index, config, family)
            }
        }
        return specs
    }

    /// Checks that there is code for a configuration.
    ///
    /// - Throws: ``BertError`` with code `invalidConfiguration` or `unsupported`.
    static func check(_ config: BertConfig, _ family: ModelFamily) throws {
        if config.positionEmbeddingType != .absolute {
            throw BertError(
                .unsupported,
                """
                config.json: position_embedding_type: \(config.positionEmbeddingType.rawValue) is not supported; \
                only absolute positions are
                """)
        }
        if config.addCrossAttention, !config.isDecoder, family.layer.crossAttention != nil {
            throw BertError(
                .invalidConfiguration, "config.json: add_cross_attention: only a decoder has it; set is_decoder too")
        }
    }

    init(_ loader: WeightLoader, name prefix: String, _ config: BertConfig, _ family: ModelFamily) throws {
        self.config = config
        self.family = family
        backend = loader.backend
        embeddings = try Embeddings(loader, prefix: prefix, config, family)
        var loaded: [String: EncoderLayer] = [:]
        layers = try family.layerPaths(config).enumerated().map { index, paths in
            try paths.map { entry in
                let layer =
                    try loaded[entry.path]
                    ?? EncoderLayer(loader, path: prefix + entry.path, layer: index, config, family)
                loaded[entry.path] = layer
                return (layer, entry.headMaskRow)
            }
        }
    }

    /// Is shown the sequences after a layer (counted from 0) and says which of them leave; the others move together and
    /// go on. Threads that have parts of a batch call it at the same time.
    typealias AfterLayer = (Int, EncoderState) throws -> [Bool]

    /// Runs the layers one after the other: for the whole batch, or for parts of it beside each other (``BatchParts``)
    /// where the backend has threads for that and only the last hidden states are wanted.
    ///
    /// - Parameters:
    ///   - rows: the tokens whose hidden states the caller reads; those that `options` ask for if nil. All are computed if
    ///     every layer's or attentions are asked for, or an encoder's states are attended to.
    ///   - needsFirst: whether the caller reads the first token of each sequence besides.
    ///   - isDivisible: whether a part of the batch need not know of the others.
    ///   - afterLayer: if nil all sequences go through all layers.
    /// - Throws: `CancellationError` before a layer if the task that waits for it was cancelled.
    func callAsFunction(
        _ input: ModelInput, _ options: ForwardOptions = ForwardOptions(), rows: TokenRows? = nil,
        needsFirst: Bool = false, isDivisible: Bool = true, afterLayer: AfterLayer? = nil
    ) throws -> EncoderRun {
        var options = options
        options.rows = rows ?? options.rows
        return try backend.asCaller {
            try pass(input, options, needsFirst: needsFirst, isDivisible: isDivisible, afterLayer)
        }
    }

    private func pass(
        _ input: ModelInput, _ options: ForwardOptions, needsFirst: Bool, isDivisible: Bool,
        _ afterLayer: AfterLayer?
    ) throws -> EncoderRun {
        try Cancellation.check()
        let packed = try PackedInput(input, config: config, family: family, options)
        let cross = try crossAttentionInput(input, packed, leavesEarly: afterLayer != nil)
        var trace = EncoderTrace(options, config, hasCrossAttention: cross != nil)
        let rows = try RowSelection(
            options.rows, of: packed, needsFirst: needsFirst, computesAll: trace.isWanted || cross != nil)
        var state: EncoderState
        if isDivisible, backend.dividesBatches, cross == nil, !trace.isWanted, let workers = backend.workerPool,
            let parts = BatchParts(packed.sequences, threads: workers.threads)
        {
            let states = try workers.map(parts.ranges.count) { index in
                let part = parts.ranges[index]
                var state = try EncoderState(packed[part], from: part.lowerBound, embeddings, on: backend)
                var nothing = EncoderTrace()
                try run(&state, &nothing, rows.computed, headMask: input.headMask, cross: nil, afterLayer)
                return state
            }
            state = try OperationScope.with("encoder.joining", on: backend) {
                try EncoderState(joining: states, on: backend)
            }
        } else {
            state = try EncoderState(packed, embeddings, on: backend)
            try run(&state, &trace, rows.computed, headMask: input.headMask, cross: cross, afterLayer)
        }
        return EncoderRun(
            state: state, states: trace.states(packed.sequences, PaddedLayout(input, packed)), backend: backend,
            given: rows.given)
    }

    private func run(
        _ state: inout EncoderState, _ trace: inout EncoderTrace, _ rows: [[Int]]?, headMask: [[Float]]?,
        cross: CrossAttentionInput?, _ afterLayer: AfterLayer?
    ) throws {
        for (index, subLayers) in layers.enumerated() {
            guard !state.alive.isEmpty else { break }
            try Cancellation.check()
            trace.addHidden(state)
            for (number, (layer, headMaskRow)) in subLayers.enumerated() {
                let isLast = (index, number) == (layers.count - 1, subLayers.count - 1)
                let last = try isLast ? rows.map { try state.rows($0, on: backend) } : nil
                let attention = try self.options(
                    last?.sequences ?? state.sequences, keys: state.sequences,
                    mask: last == nil ? state.mask : last?.mask, heads: layer.heads, wanted: trace.wantsAttentions,
                    headMask: row(headMaskRow, of: headMask))
                let encoder = try cross.map { cross in
                    let options = try self.options(
                        state.sequences, keys: cross.sequences, mask: cross.mask,
                        heads: config.numAttentionHeads, wanted: trace.wantsAttentions)
                    return (states: cross.states, options: options)
                }
                let output = try OperationScope.with(
                    "encoder.layer.\(index)\(subLayers.count == 1 ? "" : ".\(number)")", on: backend
                ) {
                    try layer(
                        state.hidden, rows: last?.indices, attention, encoder: encoder,
                        activation: config.hiddenAct.function, on: backend)
                }
                state.hidden = output.hidden
                if let last { state.keep(last) }
                trace.addAttention(output, state)
            }
            if let leaving = try afterLayer?(index, state), leaving.contains(true) {
                try OperationScope.with("encoder.layer.\(index).leaving", on: backend) {
                    try state.remove(leaving, on: backend)
                }
            }
        }
        if !state.alive.isEmpty { trace.addHidden(state) }
    }

    private func crossAttentionInput(
        _ input: ModelInput, _ packed: PackedInput, leavesEarly: Bool
    ) throws -> CrossAttentionInput? {
        guard let encoder = input.encoder else { return nil }
        return try CrossAttentionInput(
            encoder, queries: packed.sequences, hiddenSize: config.hiddenSize,
            takesStates: family.attendsToEncoder(config) && !leavesEarly, on: backend)
    }

    private func row(_ row: Int, of headMask: [[Float]]?) throws -> [Float]? {
        guard let mask = headMask else { return nil }
        guard mask.indices.contains(row) else {
            throw BertError(.invalidInput, "head_mask has no row \(row), which this model's layer groups ask for")
        }
        return mask[row]
    }

    private func options(
        _ sequences: PackedSequences, keys: PackedSequences? = nil, mask: Tensor?, heads: Int, wanted: Bool,
        headMask: [Float]? = nil
    ) throws -> AttentionOptions {
        AttentionOptions(
            heads: heads, scale: 1 / Float(config.headSize).squareRoot(), sequences: sequences,
            keySequences: keys, mask: mask,
            headScale: try headMask.map { try backend.constant($0, shape: [$0.count]) },
            returnsProbabilities: wanted)
    }
}
