import BertCore

/// An attention block: attention, its output layer, the residual connection and the normalization.
///
/// Queries are projections of the tokens. Keys and values are projections of the tokens or of an encoder's states.
struct AttentionBlock: Sendable {
    private enum Projection: Sendable {
        /// Queries, keys and values in a single product.
        case fused(PreparedLinear)
        case separate(query: PreparedLinear, key: PreparedLinear, value: PreparedLinear)
    }

    private let projection: Projection
    private let output: PreparedLinear
    private let norm: LayerNormWeights?
    private let order: LayerDesign.NormOrder

    /// Loads the weights.
    ///
    /// - Parameter isFused: Whether keys and values are also projections of the tokens, so that all three can be
    ///   computed by a single product.
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
                .unsupported, "cross-attention requires separate queries, keys and values", key: inputs[0])
        }
        output = try loader.linear(path + design.output, bias: design.hasOutputBias)
        norm = try design.norm.map { try loader.layerNorm($0.under(path), epsilon: epsilon) }
        self.order = order
    }

    /// Returns queries, keys and values of all tokens, `[tokens, 3 · width]`, of a fused block.
    func projections(of x: Tensor, on backend: any ComputeBackend) throws -> Tensor {
        guard case .fused(let weights) = projection else { throw BertError(.unsupported, "the block isn't fused") }
        return try backend.linear(normed(x, on: backend), weights, activation: nil, residual: nil)
    }

    private func normed(_ x: Tensor, on backend: any ComputeBackend) throws -> Tensor {
        try order == .pre ? norm.map { try backend.layerNorm(x, residual: nil, $0) } ?? x : x
    }

    /// Applies the block: `[tokens, hidden]` → `[queries, hidden]`, with the probabilities if the options request them.
    ///
    /// - Parameters:
    ///   - source: The states that keys and values are projected from; nil for the tokens.
    ///   - projections: The result of ``projections(of:on:)``; nil to compute it.
    ///   - rows: The tokens that are queries, in a fused block; nil for all tokens.
    ///   - visible: `[queries, 1]` with 0 for queries whose context is replaced by the mean of their sequence's values,
    ///     and 1 for all others; nil for none.
    ///   - dropout: The dropout of the block's output before the residual connection, in training, with its index.
    func callAsFunction(
        _ x: Tensor, source: Tensor? = nil, projections: Tensor? = nil, queries rows: Tensor? = nil,
        visible: Tensor? = nil,
        _ options: AttentionOptions, _ dropout: (PartDropout, place: Int)? = nil, on backend: any ComputeBackend
    ) throws -> (hidden: Tensor, probabilities: Tensor?) {
        let input: AttentionInput
        switch projection {
        case .fused:
            let all = try projections ?? self.projections(of: x, on: backend)
            input = try rows.map { try Self.input(all, queries: $0, on: backend) } ?? .fused(all)
        case .separate(let query, let key, let value):
            let normed = try normed(x, on: backend)
            input = .separate(
                query: try backend.linear(normed, query, activation: nil, residual: nil),
                key: try backend.linear(source ?? normed, key, activation: nil, residual: nil),
                value: try backend.linear(source ?? normed, value, activation: nil, residual: nil))
        }
        let attended = try backend.attention(input, options)
        let context =
            try visible.map { try Self.averaging(attended.context, input, $0, options, on: backend) }
            ?? attended.context
        let residual = try rows.map { try backend.gatherRows(x, indices: $0) } ?? x
        let hidden = try backend.added(
            context, output, to: residual, order == .post ? norm : nil,
            dropout.flatMap { $0.0.at($0.place, rate: $0.0.rates.attentionOutput) })
        return (hidden, attended.probabilities)
    }

    /// Returns the context with the mean of the sequence's values for all queries that aren't visible.
    private static func averaging(
        _ context: Tensor, _ input: AttentionInput, _ visible: Tensor, _ options: AttentionOptions,
        on backend: any ComputeBackend
    ) throws -> Tensor {
        let value: Tensor
        switch input {
        case .separate(_, _, let values): value = values
        case .fused(let all):
            let width = all.shape.lastLength / 3
            value = try backend.slice(all, axis: 1, range: 2 * width..<3 * width)
        }
        let means = try backend.gatherRows(
            backend.pool(value, sequences: options.keySequences, .mean),
            indices: backend.indices(
                options.sequences.lengths.enumerated().flatMap { [Int32](repeating: Int32($0), count: $1) }))
        let hidden = try backend.binary(.subtract, backend.constant([1], shape: [1, 1]), visible)
        return try backend.binary(
            .add, backend.binary(.multiply, context, visible), backend.binary(.multiply, means, hidden))
    }

    /// Returns the queries of some tokens and the keys and values of all tokens, from the fused product `[tokens, 3 ·
    /// width]`.
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
    /// Returns the output of a block, norm(residual + linear(x)), with dropout before the sum in training.
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
