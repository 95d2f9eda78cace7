import BertCore

/// A layer described by a ``LayerDesign``.
struct DesignedLayer: DivisibleLayer {
    private let design: LayerDesign
    private let attention: AttentionBlock
    private let crossAttention: AttentionBlock?
    private let feedForward: FeedForwardBlock

    private let distanceBias: Tensor?
    private let relative: RelativeTables?
    private let rotation: RotaryTables?

    /// Loads the weights.
    ///
    /// - Parameter prefix: The prefix of the trunk.
    init(_ design: LayerDesign, _ loader: WeightLoader, prefix: String, epsilon: Double) throws {
        let path = prefix + design.path + "."
        self.design = design
        switch design.attention.positions {
        case .none: (distanceBias, relative, rotation) = (nil, nil, nil)
        case .rotary(let design): (distanceBias, relative, rotation) = (nil, nil, try design.load(loader))
        case .distanceBias(let design):
            (relative, rotation) = (nil, nil)
            distanceBias = try loader.once(design.key) { try design.make(loader, prefix) }
        case .relative(let design):
            (distanceBias, rotation) = (nil, nil)
            relative = try RelativeTables(design.make(loader, prefix, path), on: loader.backend)
        }
        attention = try AttentionBlock(
            loader, path: path, design.attention, design.normOrder, epsilon: epsilon, isFused: true)
        crossAttention = try design.crossAttention.map {
            try AttentionBlock(loader, path: path, $0, design.normOrder, epsilon: epsilon, isFused: false)
        }
        feedForward = try FeedForwardBlock(loader, path: path, design.feedForward, design.normOrder, epsilon: epsilon)
    }

    func projections(of hidden: Tensor, on backend: any ComputeBackend) throws -> Tensor {
        try OperationScope.with("attention", on: backend) { try attention.projections(of: hidden, on: backend) }
    }

    func callAsFunction(_ input: LayerInput, on backend: any ComputeBackend) throws -> LayerOutput {
        var options = try input.attentionOptions(
            heads: design.attention.heads, headSize: design.attention.headSize, headMaskRow: design.headMaskRow,
            on: backend)
        options.scale = design.attention.scale ?? options.scale
        if let reach = design.attention.reach, input.fullyMaskedRows == .uniform,
            let mask = try input.mask(reach: reach, on: backend)
        {
            options.mask = mask
        } else if let reach = design.attention.reach {
            options.reach = reach
            options.fullyMaskedRows = input.fullyMaskedRows
        }
        options.distanceBias = distanceBias
        options.relative = try relative?(
            input.dropout.flatMap { $0.at(7, rate: $0.rates.relativePositions) }, on: backend)
        options.rotation = try rotation?(input)
        options.dropout = input.dropout.flatMap { $0.at(0, rate: $0.rates.attention) }
        // Attention computes the same context, but not these gradients.
        let visible =
            try design.attention.maskedTokensAverage && backend is any CheckpointingBackend
            ? input.visibleQueries(on: backend) : nil
        var (y, probabilities) = try OperationScope.with("attention", on: backend) { [options] in
            try attention(
                input.hidden, projections: input.projections, queries: input.rows, visible: visible, options,
                input.dropout.map { ($0, place: 1) }, on: backend)
        }
        var crossProbabilities: Tensor?
        if let cross = input.cross, let crossAttention, let design = design.crossAttention {
            var options = AttentionOptions(
                heads: design.heads, scale: 1 / Float(design.headSize).squareRoot(), sequences: input.queries,
                keySequences: cross.sequences, mask: cross.mask, headScale: nil,
                returnsProbabilities: input.returnsProbabilities)
            options.dropout = input.dropout.flatMap { $0.at(2, rate: $0.rates.attention) }
            (y, crossProbabilities) = try OperationScope.with("crossattention", on: backend) { [options] in
                try crossAttention(
                    y, source: cross.states, options, input.dropout.map { ($0, place: 3) }, on: backend)
            }
        }
        return LayerOutput(
            hidden: try feedForward(y, input.dropout, on: backend), probabilities: probabilities.map { [$0] } ?? [],
            crossProbabilities: crossProbabilities.map { [$0] } ?? [])
    }
}

/// The tables of relative positions of a layer.
///
/// For inference they are computed once. In training, where they depend on trained parameters and dropout, every
/// forward pass computes them.
private enum RelativeTables: Sendable {
    case constant(RelativeAttention)
    case function(RelativeDesign.Tables)

    init(_ tables: @escaping RelativeDesign.Tables, on backend: any ComputeBackend) throws {
        self = backend is any CheckpointingBackend ? .function(tables) : .constant(try tables(nil, backend))
    }

    func callAsFunction(_ dropout: Dropout?, on backend: any ComputeBackend) throws -> RelativeAttention {
        switch self {
        case .constant(let tables): tables
        case .function(let tables): try tables(dropout, backend)
        }
    }
}

/// A feed-forward block: two linear layers with an activation in between, the residual connection and the
/// normalization.
struct FeedForwardBlock: Sendable {
    private let intermediate: PreparedLinear
    private let activation: LinearActivation
    private let output: PreparedLinear
    private let norm: LayerNormWeights?
    private let order: LayerDesign.NormOrder

    init(
        _ loader: WeightLoader, path: String, _ design: FeedForwardDesign, _ order: LayerDesign.NormOrder,
        epsilon: Double
    ) throws {
        switch design.inner {
        case .plain(let name):
            intermediate = try loader.linear(path + name, bias: design.hasInnerBias)
            activation = .elementwise(design.activation)
        case .gated(let name, let activatedFirst):
            intermediate = try loader.gatedLinear(
                path + name, bias: design.hasInnerBias, activatedFirst: activatedFirst)
            activation = .gated(design.activation)
        case .gatedSplit(let gate, let up):
            intermediate = try loader.fusedLinear([path + gate, path + up], bias: design.hasInnerBias)
            activation = .gated(design.activation)
        }
        output = try loader.linear(path + design.output, bias: design.hasOutputBias)
        norm = try design.norm.map { try loader.layerNorm($0.under(path), epsilon: epsilon) }
        self.order = order
    }

    /// Applies the block: `[tokens, hidden]` → `[tokens, hidden]`.
    func callAsFunction(_ x: Tensor, _ dropout: PartDropout?, on backend: any ComputeBackend) throws -> Tensor {
        let input = try order == .pre ? norm.map { try backend.layerNorm(x, residual: nil, $0) } ?? x : x
        let inner = try OperationScope.with("intermediate", on: backend) {
            let inner = try backend.linear(input, intermediate, activation: activation, residual: nil)
            return try dropout.map { try $0(inner, at: 6, rate: $0.rates.intermediate, on: backend) } ?? inner
        }
        return try OperationScope.with("output", on: backend) {
            try backend.added(
                inner, output, to: x, order == .post ? norm : nil,
                dropout.flatMap { $0.at(4, rate: $0.rates.feedForwardOutput) })
        }
    }
}
