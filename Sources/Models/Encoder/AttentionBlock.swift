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

    /// `[tokens, hidden]` → `[queries, hidden]`, and the probabilities if the options ask for them.
    ///
    /// - Parameters:
    ///   - source: what keys and values are made of; the tokens themselves if nil.
    ///   - rows: the tokens that are queries, in a block that is fused; all of them if nil.
    func callAsFunction(
        _ x: Tensor, source: Tensor? = nil, queries rows: Tensor? = nil, _ options: AttentionOptions,
        on backend: any ComputeBackend
    ) throws -> (hidden: Tensor, probabilities: Tensor?) {
        let input: AttentionInput
        switch projection {
        case .fused(let weights):
            let all = try backend.linear(x, weights, activation: nil, residual: nil)
            input = try rows.map { try Self.input(all, queries: $0, on: backend) } ?? .fused(all)
        case .separate(let query, let key, let value):
            input = .separate(
                query: try backend.linear(x, query, activation: nil, residual: nil),
                key: try backend.linear(source ?? x, key, activation: nil, residual: nil),
                value: try backend.linear(source ?? x, value, activation: nil, residual: nil))
        }
        let attended = try backend.attention(input, options)
        let residual = try rows.map { try backend.gatherRows(x, indices: $0) } ?? x
        let mixed = try backend.linear(attended.context, output, activation: nil, residual: residual)
        return (try backend.layerNorm(mixed, residual: nil, norm), attended.probabilities)
    }

    /// The queries of some tokens, the keys and values of all, from the `[tokens, 3 · width]` of the fused product.
    private static func input(
        _ all: Tensor, queries rows: Tensor, on backend: any ComputeBackend
    ) throws -> AttentionInput {
        let width = all.shape.lastLength / 3
        func part(_ index: Int, of tensor: Tensor) throws -> Tensor {
            try backend.slice(tensor, axis: 1, range: index * width..<(index + 1) * width)
        }
        return .separate(
            query: try part(0, of: backend.gatherRows(all, indices: rows)), key: try part(1, of: all),
            value: try part(2, of: all))
    }
}
