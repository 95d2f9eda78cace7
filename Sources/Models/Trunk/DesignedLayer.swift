import BertCore

/// The layer that a ``LayerDesign`` describes.
struct DesignedLayer: TrunkLayer {
    private let design: LayerDesign
    private let attention: AttentionBlock
    private let crossAttention: AttentionBlock?
    private let feedForward: FeedForwardBlock

    init(_ design: LayerDesign, _ loader: WeightLoader, _ path: String, epsilon: Double) throws {
        self.design = design
        attention = try AttentionBlock(
            loader, path: path, design.attention, design.normOrder, epsilon: epsilon, isFused: true)
        crossAttention = try design.crossAttention.map {
            try AttentionBlock(loader, path: path, $0, design.normOrder, epsilon: epsilon, isFused: false)
        }
        feedForward = try FeedForwardBlock(loader, path: path, design.feedForward, design.normOrder, epsilon: epsilon)
    }

    func callAsFunction(_ input: LayerInput, on backend: any ComputeBackend) throws -> LayerOutput {
        let options = try input.attentionOptions(
            heads: design.attention.heads, headSize: design.attention.headSize, headMaskRow: design.headMaskRow,
            on: backend)
        var (y, probabilities) = try OperationScope.with("attention", on: backend) {
            try attention(input.hidden, queries: input.rows, options, on: backend)
        }
        var crossProbabilities: Tensor?
        if let cross = input.cross, let crossAttention, let design = design.crossAttention {
            let options = AttentionOptions(
                heads: design.heads, scale: 1 / Float(design.headSize).squareRoot(), sequences: input.queries,
                keySequences: cross.sequences, mask: cross.mask, headScale: nil,
                returnsProbabilities: input.returnsProbabilities)
            (y, crossProbabilities) = try OperationScope.with("crossattention", on: backend) {
                try crossAttention(y, source: cross.states, options, on: backend)
            }
        }
        return LayerOutput(
            hidden: try feedForward(y, on: backend), probabilities: probabilities.map { [$0] } ?? [],
            crossProbabilities: crossProbabilities.map { [$0] } ?? [])
    }
}

/// Two linear layers with an activation between them, the residual and the normalisation.
struct FeedForwardBlock: Sendable {
    private let intermediate: PreparedLinear
    private let activation: Activation
    private let output: PreparedLinear
    private let norm: LayerNormWeights?
    private let order: LayerDesign.NormOrder

    init(
        _ loader: WeightLoader, path: String, _ design: FeedForwardDesign, _ order: LayerDesign.NormOrder,
        epsilon: Double
    ) throws {
        switch design.inner {
        case .plain(let name): intermediate = try loader.linear(path + name, bias: design.hasInnerBias)
        }
        activation = design.activation
        output = try loader.linear(path + design.output, bias: design.hasOutputBias)
        norm = try design.norm.map { try loader.layerNorm($0.under(path), epsilon: epsilon) }
        self.order = order
    }

    /// `[tokens, hidden]` → `[tokens, hidden]`.
    func callAsFunction(_ x: Tensor, on backend: any ComputeBackend) throws -> Tensor {
        let input = try order == .pre ? norm.map { try backend.layerNorm(x, residual: nil, $0) } ?? x : x
        let inner = try OperationScope.with("intermediate", on: backend) {
            try backend.linear(input, intermediate, activation: .elementwise(activation), residual: nil)
        }
        return try OperationScope.with("output", on: backend) {
            let sum = try backend.linear(inner, output, activation: nil, residual: x)
            return try order == .post ? norm.map { try backend.layerNorm(sum, residual: nil, $0) } ?? sum : sum
        }
    }
}
