import BertCore

/// One layer: self attention and a feed-forward block, each with its residual and layer normalisation after it.
struct EncoderLayer: Sendable {
    /// Queries, keys and values in one product.
    let queryKeyValue: PreparedLinear
    let attentionOutput: PreparedLinear
    let attentionNorm: LayerNormWeights
    let intermediate: PreparedLinear
    let output: PreparedLinear
    let outputNorm: LayerNormWeights

    /// The parameters of a layer of `heads` heads under `name`, as BERT and RoBERTa call them.
    static func parameterSpecs(_ name: String, _ config: BertConfig, heads: Int) -> [ParameterSpec] {
        let (hidden, inner, attended) = (config.hiddenSize, config.intermediateSize, heads * config.headSize)
        return ["query", "key", "value"].flatMap {
            ParameterSpec.linear("\(name).attention.self.\($0)", in: hidden, out: attended)
        }
            + ParameterSpec.linear("\(name).attention.output.dense", in: attended, out: hidden)
            + ParameterSpec.layerNorm("\(name).attention.output.LayerNorm", hidden)
            + ParameterSpec.linear("\(name).intermediate.dense", in: hidden, out: inner)
            + ParameterSpec.linear("\(name).output.dense", in: inner, out: hidden)
            + ParameterSpec.layerNorm("\(name).output.LayerNorm", hidden)
    }

    init(_ loader: WeightLoader, name: String, _ config: BertConfig) throws {
        queryKeyValue = try loader.fusedLinear(["query", "key", "value"].map { "\(name).attention.self.\($0)" })
        attentionOutput = try loader.linear("\(name).attention.output.dense")
        attentionNorm = try loader.layerNorm("\(name).attention.output.LayerNorm", epsilon: config.layerNormEps)
        intermediate = try loader.linear("\(name).intermediate.dense")
        output = try loader.linear("\(name).output.dense")
        outputNorm = try loader.layerNorm("\(name).output.LayerNorm", epsilon: config.layerNormEps)
    }

    /// `[tokens, hidden]` → `[tokens, hidden]`, and the attention's probabilities if the options ask for them.
    func callAsFunction(
        _ x: Tensor, _ attention: AttentionOptions, activation: Activation, on backend: any ComputeBackend
    ) throws -> (hidden: Tensor, probabilities: Tensor?) {
        let qkv = try backend.linear(x, queryKeyValue, activation: nil, residual: nil)
        let attended = try backend.attention(.fused(qkv), attention)
        let mixed = try backend.linear(attended.context, attentionOutput, activation: nil, residual: x)
        let y = try backend.layerNorm(mixed, residual: nil, attentionNorm)
        let inner = try backend.linear(y, intermediate, activation: activation, residual: nil)
        let outer = try backend.linear(inner, output, activation: nil, residual: y)
        return (try backend.layerNorm(outer, residual: nil, outputNorm), attended.probabilities)
    }
}
