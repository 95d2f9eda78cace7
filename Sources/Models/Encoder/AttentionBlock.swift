import BertCore

/// Attention with what comes after it: a linear layer, the residual and the layer normalisation.
///
/// Queries come from the tokens; keys and values from the tokens too, or from an encoder's states.
struct AttentionBlock: Sendable {
    private enum Projection: Sendable {
        /// Queries, keys and values in one product.
        case fused(PreparedLinear)
        case separate(query: PreparedLinear, key: PreparedLinear, value: PreparedLinear)
    }

    private let projection: Projection
    private let output: PreparedLinear
    private let norm: LayerNormWeights

    /// The parameters of a block under `path`, with `width` features for all its heads together.
    static func parameterSpecs(_ path: String, _ names: AttentionNames, hidden: Int, width: Int) -> [ParameterSpec] {
        [names.query, names.key, names.value].flatMap {
            ParameterSpec.linear("\(path).\($0)", in: hidden, out: width)
        }
            + ParameterSpec.linear("\(path).\(names.output)", in: width, out: hidden)
            + ParameterSpec.layerNorm("\(path).\(names.norm)", hidden)
    }

    init(_ loader: WeightLoader, path: String, _ names: AttentionNames, epsilon: Double, isFused: Bool) throws {
        let inputs = [names.query, names.key, names.value].map { "\(path).\($0)" }
        projection =
            isFused
            ? .fused(try loader.fusedLinear(inputs))
            : .separate(
                query: try loader.linear(inputs[0]), key: try loader.linear(inputs[1]),
                value: try loader.linear(inputs[2]))
        output = try loader.linear("\(path).\(names.output)")
        norm = try loader.layerNorm("\(path).\(names.norm)", epsilon: epsilon)
    }

    /// `[tokens, hidden]` → `[tokens, hidden]`, and the probabilities if the options ask for them.
    ///
    /// - Parameter source: what keys and values are made of; the tokens themselves if nil.
    func callAsFunction(
        _ x: Tensor, source: Tensor? = nil, _ options: AttentionOptions, on backend: any ComputeBackend
    ) throws -> (hidden: Tensor, probabilities: Tensor?) {
        let input: AttentionInput
        switch projection {
        case .fused(let weights):
            input = .fused(try backend.linear(x, weights, activation: nil, residual: nil))
        case .separate(let query, let key, let value):
            input = .separate(
                query: try backend.linear(x, query, activation: nil, residual: nil),
                key: try backend.linear(source ?? x, key, activation: nil, residual: nil),
                value: try backend.linear(source ?? x, value, activation: nil, residual: nil))
        }
        let attended = try backend.attention(input, options)
        let mixed = try backend.linear(attended.context, output, activation: nil, residual: x)
        return (try backend.layerNorm(mixed, residual: nil, norm), attended.probabilities)
    }
}
