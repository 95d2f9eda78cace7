import BertCore

/// A call of each operation with operands of medium size, for cases that apply to all operations.
struct SampleCall: Sendable {
    let operation: OperationKind
    let name: String
    /// Returns the elements of the operands, and whether they are indices.
    let operands: @Sendable (inout Numbers) -> [(values: Values, isIndex: Bool)]
    /// Returns the results of a call with these operands.
    let call: @Sendable (any ComputeBackend, [Tensor]) throws -> [Tensor]

    private init(
        _ operation: OperationKind, named name: String = "", _ shapes: [Shape], indices: [Int: Int] = [:],
        _ call: @escaping @Sendable (any ComputeBackend, [Tensor]) throws -> [Tensor]
    ) {
        self.operation = operation
        self.name = name.isEmpty ? operation.rawValue : "\(operation.rawValue)-\(name)"
        operands = { numbers in
            shapes.enumerated().map { place, shape in
                if let limit = indices[place] {
                    return (numbers.indices(shape.elementCount, below: limit), true)
                }
                // Between 0.2 and 1, which is in the domain of all functions.
                return (numbers.spread(shape).map { Double(Float(0.6 + 0.4 * $0)) }, false)
            }
        }
        self.call = call
    }

    /// Returns the operands as tensors of the trial's backend.
    func tensors(_ trial: Trial, type: ElementType = .float32) throws -> [Tensor] {
        try operands(&trial.numbers).map { try trial.tensor($0.values, $0.isIndex ? .int32 : type) }
    }

    /// The shapes of the operands.
    var shapes: [Shape] {
        var numbers = Numbers(seed: 0)
        return operands(&numbers).map(\.values.shape)
    }

    private static let sequences = [17, 1, 33]

    static let all: [SampleCall] = [
        SampleCall(.matmul, [[33, 65], [65, 47]]) { backend, x in
            [try backend.matmul(x[0], x[1], transposeA: false, transposeB: false, scale: 0.5)]
        },
        SampleCall(.matmul, named: "batched", [[3, 17, 31], [3, 19, 31]]) { backend, x in
            [try backend.matmul(x[0], x[1], transposeA: false, transposeB: true, scale: 1)]
        },
        SampleCall(.linear, [[51, 96], [64, 96], [64], [51, 64]]) { backend, x in
            let weights = try backend.prepareLinear(weight: x[1], bias: x[2])
            return [try backend.linear(x[0], weights, activation: .gelu, residual: x[3])]
        },
        SampleCall(.linear, named: "gated", [[51, 96], [64, 96], [64], [51, 32]]) { backend, x in
            let weights = try backend.prepareLinear(weight: x[1], bias: x[2])
            return [try backend.linear(x[0], weights, activation: .gated(.gelu), residual: x[3])]
        },
        SampleCall(.activation, [[51, 67]]) { backend, x in
            try Activation.allCases.map { try backend.activation($0, x[0]) }
        },
        SampleCall(.binary, [[51, 67], [67]]) { backend, x in
            try BinaryOperation.allCases.map { try backend.binary($0, x[0], x[1]) }
        },
        SampleCall(.unary, [[51, 67]]) { backend, x in
            try UnaryOperation.allCases.map { try backend.unary($0, x[0]) }
        },
        SampleCall(.reduce, [[51, 67]]) { backend, x in
            try Reduction.allCases.flatMap {
                [try backend.reduce($0, x[0], axis: 0), try backend.reduce($0, x[0], axis: 1)]
            }
        },
        SampleCall(.gatherRows, [[29, 67], [51]], indices: [1: 29]) { backend, x in
            [try backend.gatherRows(x[0], indices: x[1])]
        },
        SampleCall(.scatterAddRows, [[51, 67], [51]], indices: [1: 29]) { backend, x in
            [try backend.scatterAddRows(x[0], indices: x[1], rowCount: 29)]
        },
        SampleCall(.permute, [[5, 7, 11]]) { backend, x in [try backend.permute(x[0], axes: [2, 0, 1])] },
        SampleCall(.slice, [[51, 67]]) { backend, x in [try backend.slice(x[0], axis: 1, range: 3..<40)] },
        SampleCall(.concatenate, [[51, 67], [51, 3]]) { backend, x in [try backend.concatenate(x, axis: 1)] },
        SampleCall(.layerNorm, [[51, 67], [51, 67], [67], [67]]) { backend, x in
            [
                try backend.layerNorm(
                    x[0], residual: x[1], LayerNormWeights(weight: x[2], bias: x[3], epsilon: 1e-5))
            ]
        },
        SampleCall(.softmax, [[51, 67], [67]]) { backend, x in [try backend.softmax(x[0], mask: x[1], scale: 2)] },
        SampleCall(.attention, named: "fused", [[51, 96]]) { backend, x in
            let options = AttentionOptions(
                heads: 2, scale: 0.25, sequences: try PackedSequences(lengths: sequences), returnsProbabilities: true)
            let output = try backend.attention(.fused(x[0]), options)
            return [output.context] + [output.probabilities].compactMap(\.self)
        },
        SampleCall(.attention, named: "separate", [[51, 32], [51, 32], [51, 32]]) { backend, x in
            let options = AttentionOptions(heads: 2, scale: 0.25, sequences: try PackedSequences(lengths: sequences))
            return [try backend.attention(.separate(query: x[0], key: x[1], value: x[2]), options).context]
        },
        SampleCall(
            .attention, named: "positions",
            [[51, 96], [51], [2, 9], [7, 32], [7, 32], [11], [40, 8], [40, 8]], indices: [1: 40, 5: 7]
        ) { backend, x in
            let options = AttentionOptions(
                heads: 2, scale: 0.25, sequences: try PackedSequences(lengths: sequences),
                places: AttentionPlaces(x[1]), reach: 20, distanceBias: x[2],
                relative: RelativeAttention(keys: x[3], queries: x[4], rows: x[5]),
                rotation: Rotation(cosines: x[6], sines: x[7]))
            return [try backend.attention(.fused(x[0]), options).context]
        },
        SampleCall(
            .embeddings, [[29, 33], [40, 33], [2, 33], [33], [33], [51], [51], [51]],
            indices: [5: 29, 6: 40, 7: 2]
        ) { backend, x in
            let tables = EmbeddingTables(
                word: x[0], position: x[1], tokenType: x[2],
                norm: LayerNormWeights(weight: x[3], bias: x[4], epsilon: 1e-12))
            return [
                try backend.embeddings(EmbeddingInput(words: .ids(x[5]), positions: x[6], tokenTypes: x[7]), tables)
            ]
        },
        SampleCall(.pool, [[51, 67]]) { backend, x in
            let packed = try PackedSequences(lengths: sequences)
            return try Pooling.allCases.map { try backend.pool(x[0], sequences: packed, $0) }
        },
        SampleCall(.prepareLinearForStep, [[51, 96], [64, 96], [64]]) { backend, x in
            let weights = try backend.prepareLinearForStep(weight: x[1], bias: x[2])
            return [try backend.linear(x[0], weights, activation: .gelu, residual: nil)]
        },
        SampleCall(.attentionGradient, named: "fused", [[51, 96], [51, 32]]) { backend, x in
            let options = AttentionOptions(
                heads: 2, scale: 0.25, sequences: try PackedSequences(lengths: sequences),
                dropout: Dropout(rate: 0.25, seed: 1, step: 2, site: 3))
            let gradient = try backend.attentionGradient(.fused(x[0]), options, gradient: x[1])
            return OperationResult.attentionGradient(gradient).tensors.map(\.tensor)
        },
        SampleCall(
            .attentionGradient, named: "positions",
            [[51, 96], [51, 32], [51], [2, 9], [7, 32], [7, 32], [11], [40, 8], [40, 8]], indices: [2: 40, 6: 7]
        ) { backend, x in
            let options = AttentionOptions(
                heads: 2, scale: 0.25, sequences: try PackedSequences(lengths: sequences),
                places: AttentionPlaces(x[2]), reach: 20, distanceBias: x[3],
                relative: RelativeAttention(keys: x[4], queries: x[5], rows: x[6]),
                rotation: Rotation(cosines: x[7], sines: x[8]))
            let gradient = try backend.attentionGradient(.fused(x[0]), options, gradient: x[1])
            return OperationResult.attentionGradient(gradient).tensors.map(\.tensor)
        },
        SampleCall(.dropout, [[51, 67]]) { backend, x in
            [try backend.dropout(x[0], Dropout(rate: 0.25, seed: 1, step: 2, site: 3))]
        },
        SampleCall(.crossEntropy, [[51, 67], [51]], indices: [1: 67]) { backend, x in
            let result = try backend.crossEntropy(x[0], labels: x[1], CrossEntropyOptions(smoothing: 0.1))
            return [result.losses, result.gradient]
        },
        SampleCall(.sumOfSquares, [[51, 167], [67]]) { backend, x in
            [try backend.constant(Float(backend.sumOfSquares(x)))]
        },
        SampleCall(.adamW, [[51, 67], [51, 67], [51, 67], [51, 67]]) { backend, x in
            let state = try backend.adamW(
                AdamWState(parameter: x[0], firstMoment: x[1], secondMoment: x[2]), gradient: x[3],
                AdamW(learningRate: 0.01, weightDecay: 0.1, step: 2))
            return [state.parameter, state.firstMoment, state.secondMoment]
        },
        SampleCall(.linearInputGradient, [[51, 64], [64, 96]]) { backend, x in
            [try backend.linearInputGradient(x[0], weight: x[1])]
        },
        SampleCall(.linearWeightGradient, [[51, 96], [51, 64]]) { backend, x in
            let gradient = try backend.linearWeightGradient(x[0], gradient: x[1], hasBias: true)
            return [gradient.weight] + [gradient.bias].compactMap(\.self)
        },
        SampleCall(.activationGradient, [[51, 66], [51, 66], [51, 33]]) { backend, x in
            try Activation.allCases.flatMap {
                [
                    try backend.activationGradient(.elementwise($0), input: x[0], gradient: x[1]),
                    try backend.activationGradient(.gated($0), input: x[0], gradient: x[2]),
                ]
            }
        },
        SampleCall(.layerNormGradient, [[51, 67], [51, 67], [67], [51, 67]]) { backend, x in
            // The bias only determines whether it has a gradient.
            let weights = LayerNormWeights(weight: x[2], bias: x[2], epsilon: 1e-5)
            let gradient = try backend.layerNormGradient(x[0], residual: x[1], weights, gradient: x[3])
            return [gradient.input, gradient.weight] + [gradient.bias].compactMap(\.self)
        },
        SampleCall(.softmaxGradient, [[51, 67], [51, 67]]) { backend, x in
            [try backend.softmaxGradient(x[0], gradient: x[1], scale: 2)]
        },
        SampleCall(.l2NormalizeGradient, [[51, 67], [51, 67]]) { backend, x in
            [try backend.l2NormalizeGradient(x[0], epsilon: 1e-12, gradient: x[1])]
        },
        SampleCall(.l2Normalize, [[51, 67]]) { backend, x in [try backend.l2Normalize(x[0], epsilon: 1e-12)] },
    ]
}
