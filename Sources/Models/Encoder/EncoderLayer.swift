import BertCore

/// One layer: attention and a feed-forward block, each with its residual and layer normalisation after it.
struct EncoderLayer: Sendable {
    private let attention: AttentionBlock
    private let crossAttention: AttentionBlock?
    private let intermediate: PreparedLinear
    private let output: PreparedLinear
    private let outputNorm: LayerNormWeights
    /// How many heads the attention has: all but the pruned ones.
    let heads: Int

    /// The parameters of the layer with this number under `path`.
    static func parameterSpecs(
        _ path: String, layer: Int, _ config: BertConfig, _ family: ModelFamily
    ) -> [ParameterSpec] {
        let (hidden, names) = (config.hiddenSize, family.layer)
        let width = config.heads(inLayer: layer) * config.headSize
        let cross = names.crossAttention.flatMap { family.attendsToEncoder(config) ? $0 : nil }
        return AttentionBlock.parameterSpecs(path, names.attention, hidden: hidden, width: width)
            + (cross.map { AttentionBlock.parameterSpecs(path, $0, hidden: hidden, width: hidden) } ?? [])
            + ParameterSpec.linear("\(path).\(names.intermediate)", in: hidden, out: config.intermediateSize)
            + ParameterSpec.linear("\(path).\(names.output)", in: config.intermediateSize, out: hidden)
            + ParameterSpec.layerNorm("\(path).\(names.outputNorm)", hidden)
    }

    init(
        _ loader: WeightLoader, path: String, layer: Int, _ config: BertConfig, _ family: ModelFamily
    ) throws {
        let (epsilon, names) = (config.layerNormEps, family.layer)
        attention = try AttentionBlock(loader, path: path, names.attention, epsilon: epsilon, isFused: true)
        let cross = names.crossAttention.flatMap { family.attendsToEncoder(config) ? $0 : nil }
        crossAttention = try cross.map {
            try AttentionBlock(loader, path: path, $0, epsilon: epsilon, isFused: false)
        }
        intermediate = try loader.linear("\(path).\(names.intermediate)")
        output = try loader.linear("\(path).\(names.output)")
        outputNorm = try loader.layerNorm("\(path).\(names.outputNorm)", epsilon: epsilon)
        heads = config.heads(inLayer: layer)
    }

    /// What a layer gives.
    struct Output {
        /// `[tokens, hidden]`, of the tokens that were asked for.
        let hidden: Tensor
        let probabilities: Tensor?
        let crossProbabilities: Tensor?
    }

    /// Runs the layer on `[tokens, hidden]`.
    ///
    /// - Parameter rows: the tokens to give hidden states of, which attend to all; all of them if nil.
    func callAsFunction(
        _ x: Tensor, rows: Tensor? = nil, _ options: AttentionOptions,
        encoder: (states: Tensor, options: AttentionOptions)?, activation: Activation, on backend: any ComputeBackend
    ) throws -> Output {
        var (y, probabilities) = try OperationScope.with("attention", on: backend) {
            try attention(x, queries: rows, options, on: backend)
        }
        var crossProbabilities: Tensor?
        if let encoder, let crossAttention {
            (y, crossProbabilities) = try OperationScope.with("crossattention", on: backend) {
                try crossAttention(y, source: encoder.states, encoder.options, on: backend)
            }
        }
        let inner = try OperationScope.with("intermediate", on: backend) {
            try backend.linear(y, intermediate, activation: activation, residual: nil)
        }
        let hidden = try OperationScope.with("output", on: backend) {
            let outer = try backend.linear(inner, output, activation: nil, residual: y)
            return try backend.layerNorm(outer, residual: nil, outputNorm)
        }
        return Output(hidden: hidden, probabilities: probabilities, crossProbabilities: crossProbabilities)
    }
}
