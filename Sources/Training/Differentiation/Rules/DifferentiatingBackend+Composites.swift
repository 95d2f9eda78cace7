import BertCore

/// The gradients of composite operations.
extension DifferentiatingBackend {
    func activationPullback(_ activation: Activation, _ x: Tensor) throws -> Tape.Pullback {
        let (parent, z) = (try parent(x), try value(x))
        return { g, gradients in
            try gradients.add(
                to: parent, gradients.base.activationGradient(.elementwise(activation), input: z, gradient: g))
        }
    }

    /// The mask isn't multiplied by the scale.
    func softmaxPullback(_ x: Tensor, _ mask: Tensor?, _ scale: Float, _ p: Tensor) throws -> Tape.Pullback {
        let (parentX, parentM) = (try parent(x), try mask.flatMap(parent))
        return { g, gradients in
            try gradients.add(to: parentX, gradients.base.softmaxGradient(p, gradient: g, scale: scale))
            try gradients.add(to: parentM, gradients.base.softmaxGradient(p, gradient: g, scale: 1))
        }
    }

    func l2NormalizePullback(_ x: Tensor, _ epsilon: Float) throws -> Tape.Pullback {
        let (parent, values) = (try parent(x), try value(x))
        return { g, gradients in
            try gradients.add(
                to: parent, gradients.base.l2NormalizeGradient(values, epsilon: epsilon, gradient: g))
        }
    }

    func layerNormPullback(
        _ x: Tensor, _ residual: Tensor?, _ weights: LayerNormWeights
    ) throws -> Tape.Pullback {
        let (parentX, parentR) = (try parent(x), try residual.flatMap(parent))
        let norm = try NormPullback(weights, self)
        let (values, added) = (try value(x), try residual.map(value))
        return { g, gradients in
            let dv = try norm(values, residual: added, g, gradients)
            try gradients.add(to: parentX, dv)
            try gradients.add(to: parentR, dv)
        }
    }

    /// LayerNorm(word + position + type). The lookups are repeated in the backward pass instead of storing their sum.
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
            let dv = try norm(sum, residual: nil, g, gradients)
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
        guard case .attention(let output) = try plain(on: base), case .attention(let values, var known) = plain else {
            throw BertError(.unsupported, "\(base.info.name) returned the wrong kind of result for attention")
        }
        let constants: [(String, Tensor?)] = [
            ("mask", options.mask), ("headScale", options.headScale), ("rotation", options.rotation?.cosines),
            ("rotation", options.rotation?.sines),
        ]
        for (name, tensor) in constants where try tensor.flatMap(parent) != nil {
            throw BertError(.unsupported, "attention doesn't support the gradient of its \(name)", value: .string(name))
        }
        known.returnsProbabilities = false
        let parents = try input.tensors.map(parent)
        let biasParent = try options.distanceBias.flatMap(parent)
        let keysParent = try options.relative?.keys.flatMap(parent)
        let queriesParent = try options.relative?.queries.flatMap(parent)
        let context = record(.attention, output.context) { [known] g, gradients in
            let found = try gradients.base.attentionGradient(values, known, gradient: g)
            for (parent, gradient) in zip(parents, found.input.tensors) { try gradients.add(to: parent, gradient) }
            if let bias = found.distanceBias { try gradients.add(to: biasParent, bias) }
            if let keys = found.relativeKeys { try gradients.add(to: keysParent, keys) }
            if let queries = found.relativeQueries { try gradients.add(to: queriesParent, queries) }
        }
        let probabilities = output.probabilities.map {
            record(.attention, $0) { _, _ in
                throw BertError(
                    .unsupported, "attention probabilities have no gradient; let the loss depend on the context")
            }
        }
        return AttentionOutput(context: context, probabilities: probabilities)
    }

    func poolPullback(
        _ x: Tensor, _ sequences: PackedSequences, _ pooling: Pooling, _ result: Tensor
    ) throws -> Tape.Pullback {
        let (parent, count) = (try parent(x), x.shape[0])
        /// Returns the sequence index of each token.
        @Sendable func owners(_ base: any ComputeBackend) throws -> Tensor {
            try base.indices(
                (0..<sequences.count).flatMap { repeatElement(Int32($0), count: sequences[$0].count) })
        }
        switch pooling {
        case .cls, .lastToken:
            let rows = sequences.ranges.map { Int32(pooling == .cls ? $0.lowerBound : $0.upperBound - 1) }
            return { g, gradients in
                let base = gradients.base
                try gradients.add(
                    to: parent, base.scatterAddRows(g, indices: base.indices(rows), rowCount: count))
            }
        case .mean, .meanSquareRootLength:
            let shares = sequences.lengths.map { pooling == .mean ? 1 / Float($0) : 1 / Float($0).squareRoot() }
            return { g, gradients in
                let base = gradients.base
                let share = try base.binary(.multiply, g, base.constant(shares, shape: [shares.count, 1]))
                try gradients.add(to: parent, base.gatherRows(share, indices: owners(base)))
            }
        case .max:
            let values = try value(x)
            return { g, gradients in
                // Tokens that are equal to the maximum share the gradient.
                let base = gradients.base
                let owners = try owners(base)
                let winners = try base.binary(.equal, values, base.gatherRows(result, indices: owners))
                let counts = try base.scatterAddRows(winners, indices: owners, rowCount: sequences.count)
                let share = try base.gatherRows(base.binary(.divide, g, counts), indices: owners)
                try gradients.add(to: parent, base.binary(.multiply, winners, share))
            }
        }
    }

    /// Records the losses only: second derivatives aren't supported, so the gradient in the result is a plain tensor.
    func recordedCrossEntropy(
        _ logits: Tensor, labels: Tensor, _ options: CrossEntropyOptions, _ plain: OperationCall
    ) throws -> CrossEntropy {
        guard case .crossEntropy(let result) = try plain(on: base), case .crossEntropy(let values, _, _) = plain else {
            throw BertError(.unsupported, "\(base.info.name) returned the wrong kind of result for crossEntropy")
        }
        guard let parent = try parent(logits) else { return result }
        var unscaled = options
        unscaled.scale = 1
        let losses = record(.crossEntropy, result.losses) { [unscaled] g, gradients in
            let slopes = try gradients.base.crossEntropy(values, labels: labels, unscaled).gradient
            let rows = try g.reshaped(to: [slopes.shape[0], 1])
            try gradients.add(to: parent, gradients.base.binary(.multiply, slopes, rows))
        }
        return CrossEntropy(losses: losses, gradient: result.gradient)
    }

    /// Returns the pullback of dropout, which drops the same elements of the gradient.
    func dropoutPullback(_ x: Tensor, _ dropout: Dropout) throws -> Tape.Pullback {
        let parent = try parent(x)
        return { try $1.add(to: parent, $1.base.dropout($0, dropout)) }
    }
}

extension AttentionInput {
    /// The tensors in order.
    fileprivate var tensors: [Tensor] {
        switch self {
        case .fused(let qkv): [qkv]
        case .separate(let query, let key, let value): [query, key, value]
        }
    }
}

/// Adds the gradients of a normalization's weights, and returns the gradient of its input.
private struct NormPullback: Sendable {
    let weights: LayerNormWeights
    let weightParent: Parent?
    let biasParent: Parent?

    init(_ weights: LayerNormWeights, _ backend: DifferentiatingBackend) throws {
        self.weights = LayerNormWeights(
            weight: try backend.value(weights.weight), bias: try weights.bias.map(backend.value),
            epsilon: weights.epsilon)
        weightParent = try backend.parent(weights.weight)
        biasParent = try weights.bias.flatMap(backend.parent)
    }

    func callAsFunction(
        _ x: Tensor, residual: Tensor?, _ g: Tensor, _ gradients: Gradients
    ) throws -> Tensor {
        let found = try gradients.base.layerNormGradient(x, residual: residual, weights, gradient: g)
        try gradients.add(to: weightParent, found.weight)
        if let bias = found.bias { try gradients.add(to: biasParent, bias) }
        return found.input
    }
}
