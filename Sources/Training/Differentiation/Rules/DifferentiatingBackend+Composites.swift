import BertCore

/// The rules of the composites.
extension DifferentiatingBackend {
    func activationPullback(_ activation: Activation, _ x: Tensor) throws -> Tape.Pullback {
        let (parent, z) = (try parent(x), try value(x))
        return { g, gradients in
            try gradients.add(to: parent, gradients.base.gradient(of: activation, at: z, g))
        }
    }

    /// softmax(s·x + m) = p: s·p∘(g − rowsum(g∘p)). A mask has no scale.
    func softmaxPullback(_ x: Tensor, _ mask: Tensor?, _ scale: Float, _ p: Tensor) throws -> Tape.Pullback {
        let (parentX, parentM) = (try parent(x), try mask.flatMap(parent))
        return { g, gradients in
            let base = gradients.base
            let weighted = try base.binary(.multiply, g, p)
            let sum = try base.reduce(.sum, weighted, axis: p.shape.count - 1)
            let scores = try base.binary(.subtract, weighted, base.binary(.multiply, p, sum))
            try gradients.add(
                to: parentX, scale == 1 ? scores : base.binary(.multiply, scores, base.constant(scale)))
            try gradients.add(to: parentM, scores)
        }
    }

    func layerNormPullback(
        _ x: Tensor, _ residual: Tensor?, _ weights: LayerNormWeights
    ) throws -> Tape.Pullback {
        let (parentX, parentR) = (try parent(x), try residual.flatMap(parent))
        let norm = try NormPullback(weights, self)
        let (values, added) = (try value(x), try residual.map(value))
        return { g, gradients in
            let sum = try added.map { try gradients.base.binary(.add, values, $0) } ?? values
            let dv = try norm(sum, g, gradients, wantsInput: parentX != nil || parentR != nil)
            guard let dv else { return }
            try gradients.add(to: parentX, dv)
            try gradients.add(to: parentR, dv)
        }
    }

    /// LayerNorm(word + position + type): the sum is looked up again rather than kept.
    func embeddingsPullback(_ input: EmbeddingInput, _ tables: EmbeddingTables) throws -> Tape.Pullback {
        let norm = try NormPullback(tables.norm, self)
        var lookups: [(parent: Parent?, table: Tensor, indices: Tensor)] = []
        var vectors: (parent: Parent?, values: Tensor)?
        switch input.words {
        case .ids(let ids): lookups.append((try parent(tables.word), try value(tables.word), ids))
        case .vectors(let given): vectors = (try parent(given), try value(given))
        }
        for (table, indices) in [(tables.tokenType, input.tokenTypes), (tables.position, input.positions)] {
            guard let table, let indices else { continue }
            lookups.append((try parent(table), try value(table), indices))
        }
        return { [lookups, vectors] g, gradients in
            let base = gradients.base
            var sum = vectors?.values
            for lookup in lookups {
                let rows = try base.gatherRows(lookup.table, indices: lookup.indices)
                sum = try sum.map { try base.binary(.add, $0, rows) } ?? rows
            }
            guard let sum else { return }
            let wantsInput = vectors?.parent != nil || lookups.contains { $0.parent != nil }
            guard let dv = try norm(sum, g, gradients, wantsInput: wantsInput) else { return }
            try gradients.add(to: vectors?.parent, dv)
            for lookup in lookups {
                try gradients.add(
                    to: lookup.parent,
                    base.scattered(
                        dv, lookup.indices, rowCount: lookup.table.shape[0], paddingRow: lookup.parent?.paddingRow))
            }
        }
    }

    func recordedAttention(
        _ input: AttentionInput, _ options: AttentionOptions, _ plain: OperationCall
    ) throws -> AttentionOutput {
        guard case .attention(let output) = try plain(on: base) else {
            throw BertError(.unsupported, "\(base.info.name) returned the wrong kind of result for attention")
        }
        var silent = options
        silent.returnsProbabilities = false
        let pullback = try decomposedPullback(.attention(input, silent))
        let probabilities = output.probabilities.map {
            record(.attention, $0) { _, _ in
                throw BertError(
                    .unsupported, "attention probabilities have no gradient; let the loss depend on the context")
            }
        }
        return AttentionOutput(
            context: record(.attention, output.context, pullback), probabilities: probabilities)
    }
}

/// γ·n + β with n = (v − μ)/σ: h = g∘γ, dv = (h − mean(h) − n∘mean(h∘n))/σ, dγ = Σ₀ g∘n, dβ = Σ₀ g.
private struct NormPullback: Sendable {
    let weight: Tensor
    let epsilon: Float
    let weightParent: Parent?
    let biasParent: Parent?

    init(_ weights: LayerNormWeights, _ backend: DifferentiatingBackend) throws {
        weight = try backend.value(weights.weight)
        epsilon = weights.epsilon
        weightParent = try backend.parent(weights.weight)
        biasParent = try weights.bias.flatMap(backend.parent)
    }

    /// Adds the gradients of γ and β, and returns that of v, if it is wanted.
    func callAsFunction(
        _ v: Tensor, _ g: Tensor, _ gradients: Gradients, wantsInput: Bool
    ) throws -> Tensor? {
        let base = gradients.base
        let axis = v.shape.count - 1
        try gradients.add(to: biasParent, g)
        guard wantsInput || weightParent != nil else { return nil }
        let perElement = try base.constant(1 / Float(v.shape.lastLength))
        func mean(_ x: Tensor) throws -> Tensor {
            try base.binary(.multiply, base.reduce(.sum, x, axis: axis), perElement)
        }
        let centred = try base.binary(.subtract, v, mean(v))
        let variance = try mean(base.binary(.multiply, centred, centred))
        let deviation = try base.unary(.sqrt, base.binary(.add, variance, base.constant(epsilon)))
        let n = try base.binary(.divide, centred, deviation)
        try gradients.add(to: weightParent, base.binary(.multiply, g, n))
        guard wantsInput else { return nil }
        let h = try base.binary(.multiply, g, weight)
        let along = try base.binary(.multiply, n, mean(base.binary(.multiply, h, n)))
        return try base.binary(
            .divide, base.binary(.subtract, base.binary(.subtract, h, mean(h)), along), deviation)
    }
}

extension ComputeBackend {
    /// g∘act′(z).
    func gradient(of activation: Activation, at z: Tensor, _ g: Tensor) throws -> Tensor {
        // Not by way of max(z, 0): relu has no slope at 0, a maximum half of it.
        if activation == .relu { return try binary(.multiply, g, binary(.greater, z, constant(0))) }
        let tape = DifferentiatingBackend(base: self)
        let leaf = try tape.track(z)
        let y = try Decomposed(tape).activation(activation, leaf)
        return try tape.gradients(from: [(y, g.reshaped(to: y.shape))], of: [leaf])[0] ?? zeros(z.shape)
    }
}
