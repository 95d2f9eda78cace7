import BertCore

/// Attention with the linear layer behind it, the residual and the normalisation.
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
    private let norm: LayerNormWeights?
    private let order: LayerDesign.NormOrder

    /// - Parameter isFused: whether keys and values come from the tokens too, so that one product does for all three.
    init(
        _ loader: WeightLoader, path: String, _ design: AttentionDesign, _ order: LayerDesign.NormOrder,
        epsilon: Double, isFused: Bool
    ) throws {
        let (inputs, bias) = (design.inputs.map { path + $0 }, design.hasInputBias)
        switch (design.projection, isFused) {
        case (.fused, true): projection = .fused(try loader.linear(inputs[0], bias: bias))
        case (.separate, true): projection = .fused(try loader.fusedLinear(inputs, bias: bias))
        case (.separate, false):
            projection = .separate(
                query: try loader.linear(inputs[0], bias: bias), key: try loader.linear(inputs[1], bias: bias),
                value: try loader.linear(inputs[2], bias: bias))
        case (.fused, false):
            throw BertError(
                .unsupported, "attention to an encoder needs separate queries, keys and values", key: inputs[0])
        }
        output = try loader.linear(path + design.output, bias: design.hasOutputBias)
        norm = try design.norm.map { try loader.layerNorm($0.under(path), epsilon: epsilon) }
        self.order = order
    }

    /// `[tokens, hidden]` → `[queries, hidden]`, and the probabilities if the options ask for them.
    ///
    /// - Parameters:
    ///   - source: what keys and values are made of; the tokens themselves if nil.
    ///   - rows: the tokens that are queries, in a block that is fused; all of them if nil.
    ///   - dropout: what is left out of what the block adds to the tokens, in training, and the number of the place.
    func callAsFunction(
        _ x: Tensor, source: Tensor? = nil, queries rows: Tensor? = nil, _ options: AttentionOptions,
        _ dropout: (PartDropout, place: Int)? = nil, on backend: any ComputeBackend
    ) throws -> (hidden: Tensor, probabilities: Tensor?) {
        let input: AttentionInput
        let normed = try order == .pre ? norm.map { try backend.layerNorm(x, residual: nil, $0) } ?? x : x
        switch projection {
        case .fused(let weights):
            let all = try backend.linear(normed, weights, activation: nil, residual: nil)
            input = try rows.map { try Self.input(all, queries: $0, on: backend) } ?? .fused(all)
        case .separate(let query, let key, let value):
            input = .separate(
                query: try backend.linear(normed, query, activation: nil, residual: nil),
                key: try backend.linear(source ?? normed, key, activation: nil, residual: nil),
                value: try backend.linear(source ?? normed, value, activation: nil, residual: nil))
        }
        let attended = try backend.attention(input, options)
        let residual = try rows.map { try backend.gatherRows(x, indices: $0) } ?? x
        let hidden = try backend.added(
            attended.context, output, to: residual, order == .post ? norm : nil,
            dropout.flatMap { $0.0.at($0.place, rate: $0.0.rates.hidden) })
        return (hidden, attended.probabilities)
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

extension ComputeBackend {
    /// What a block gives: norm(residual + linear(x)), with elements left out before the sum in training.
    func added(
        _ x: Tensor, _ weights: PreparedLinear, to residual: Tensor, _ norm: LayerNormWeights?, _ dropout: Dropout?
    ) throws -> Tensor {
        guard let dropout else {
            let sum = try linear(x, weights, activation: nil, residual: residual)
            return try norm.map { try layerNorm(sum, residual: nil, $0) } ?? sum
        }
        let dropped = try self.dropout(linear(x, weights, activation: nil, residual: nil), dropout)
        return try norm.map { try layerNorm(dropped, residual: residual, $0) } ?? binary(.add, dropped, residual)
    }
}
