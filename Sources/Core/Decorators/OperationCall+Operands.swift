/// The operands of a call: their shapes, types and sizes, and the same call on others.
extension OperationCall {
    /// What ``ComputeBackend/capability(of:)`` is asked about: the operation with the shapes of what it computes on, in
    /// the order of the call (`[out, in]` for prepared weights; no masks, biases or tables but the word table).
    public var request: OperationRequest {
        let (shapes, elementType): ([Shape], ElementType) =
            switch self {
            case .upload(_, let shape, let elementType): ([shape], elementType)
            case .download(let a, _), .unary(_, let a), .reduce(_, let a, _), .permute(let a, _), .slice(let a, _, _),
                .cast(let a, _), .activation(_, let a), .softmax(let a, _, _), .pool(let a, _, _),
                .l2Normalize(let a, _), .prepareLinear(let a, _), .layerNorm(let a, _, _):
                ([a.shape], a.elementType)
            case .matmul(let a, let b, _, _, _), .binary(_, let a, let b), .gatherRows(let a, let b),
                .scatterAddRows(let a, let b, _):
                ([a.shape, b.shape], a.elementType)
            case .concatenate(let parts, _): (parts.map(\.shape), parts.first?.elementType ?? .float32)
            case .linear(let x, let weights, _, _):
                ([x.shape, [weights.outputSize, weights.inputSize]], x.elementType)
            case .attention(.fused(let qkv), _): ([qkv.shape], qkv.elementType)
            case .attention(.separate(let q, let k, let v), _): ([q.shape, k.shape, v.shape], q.elementType)
            case .embeddings(let input, let tables): ([input.words.shape, tables.word.shape], tables.word.elementType)
            }
        return OperationRequest(kind, shapes: shapes, elementType: elementType)
    }

    /// Additions and multiplications, for operations that are products; otherwise 0.
    public var productOperations: Int {
        switch self {
        case .matmul(let a, let b, let transposeA, let transposeB, _):
            guard let sizes = try? ShapeRules.matmul(a, b, transposeA: transposeA, transposeB: transposeB) else {
                return 0
            }
            return 2 * sizes.output.elementCount * sizes.k
        case .linear(let x, let weights, _, _): return 2 * x.shape.elementCount * weights.outputSize
        case .attention(let input, let options):
            guard let sizes = try? ShapeRules.attention(input, options) else { return 0 }
            return 2 * options.scoreCount * options.heads * (sizes.headSize + sizes.valueSize)
        default: return 0
        }
    }

    /// How many products or terms an element of the result is the sum of.
    var depth: Int {
        switch self {
        case .matmul(let a, _, let transposeA, _, _):
            a.shape.count < 2 ? 1 : a.shape[a.shape.count - (transposeA ? 2 : 1)]
        case .linear(_, let weights, _, _): weights.inputSize
        case .reduce(_, let a, let axis): a.shape.indices.contains(axis) ? a.shape[axis] : 1
        case .scatterAddRows(let rows, _, _): rows.shape.first ?? 1
        case .layerNorm(let x, _, _), .softmax(let x, _, _), .l2Normalize(let x, _): x.shape.lastLength
        case .embeddings(_, let tables): tables.word.shape.lastLength
        case .pool(_, let sequences, _): sequences.maximumLength
        case .attention(.fused(let qkv), let options):
            max(options.keySequences.maximumLength, qkv.shape.lastLength / max(1, 3 * options.heads))
        case .attention(.separate(let query, _, _), let options):
            max(options.keySequences.maximumLength, query.shape.lastLength / max(1, options.heads))
        default: 1
        }
    }

    /// The same call on other tensors and weights.
    func mapOperands(
        _ tensor: (Tensor) throws -> Tensor, weights: (PreparedLinear) throws -> PreparedLinear
    ) rethrows -> OperationCall {
        func norm(_ weights: LayerNormWeights) throws -> LayerNormWeights {
            LayerNormWeights(
                weight: try tensor(weights.weight), bias: try tensor(weights.bias), epsilon: weights.epsilon)
        }
        switch self {
        case .upload: return self
        case .download(let a, let destination): return .download(try tensor(a), into: destination)
        case .matmul(let a, let b, let transposeA, let transposeB, let scale):
            return .matmul(
                try tensor(a), try tensor(b), transposeA: transposeA, transposeB: transposeB, scale: scale)
        case .binary(let operation, let a, let b): return .binary(operation, try tensor(a), try tensor(b))
        case .unary(let operation, let a): return .unary(operation, try tensor(a))
        case .reduce(let operation, let a, let axis): return .reduce(operation, try tensor(a), axis: axis)
        case .gatherRows(let table, let indices):
            return .gatherRows(try tensor(table), indices: try tensor(indices))
        case .scatterAddRows(let rows, let indices, let rowCount):
            return .scatterAddRows(try tensor(rows), indices: try tensor(indices), rowCount: rowCount)
        case .permute(let a, let axes): return .permute(try tensor(a), axes: axes)
        case .slice(let a, let axis, let range): return .slice(try tensor(a), axis: axis, range: range)
        case .concatenate(let parts, let axis): return .concatenate(try parts.map(tensor), axis: axis)
        case .cast(let a, let elementType): return .cast(try tensor(a), to: elementType)
        case .prepareLinear(let weight, let bias):
            return .prepareLinear(weight: try tensor(weight), bias: try bias.map(tensor))
        case .linear(let x, let prepared, let activation, let residual):
            return .linear(
                try tensor(x), try weights(prepared), activation: activation, residual: try residual.map(tensor))
        case .activation(let activation, let x): return .activation(activation, try tensor(x))
        case .layerNorm(let x, let residual, let weights):
            return .layerNorm(try tensor(x), residual: try residual.map(tensor), try norm(weights))
        case .softmax(let x, let mask, let scale):
            return .softmax(try tensor(x), mask: try mask.map(tensor), scale: scale)
        case .attention(let input, var options):
            options.mask = try options.mask.map(tensor)
            options.headScale = try options.headScale.map(tensor)
            switch input {
            case .fused(let qkv): return .attention(.fused(try tensor(qkv)), options)
            case .separate(let query, let key, let value):
                return .attention(
                    .separate(query: try tensor(query), key: try tensor(key), value: try tensor(value)), options)
            }
        case .embeddings(var input, let tables):
            switch input.words {
            case .ids(let ids): input.words = .ids(try tensor(ids))
            case .vectors(let vectors): input.words = .vectors(try tensor(vectors))
            }
            input.positions = try tensor(input.positions)
            input.tokenTypes = try input.tokenTypes.map(tensor)
            return .embeddings(
                input,
                EmbeddingTables(
                    word: try tensor(tables.word), position: try tensor(tables.position),
                    tokenType: try tables.tokenType.map(tensor), norm: try norm(tables.norm)))
        case .pool(let x, let sequences, let pooling):
            return .pool(try tensor(x), sequences: sequences, pooling)
        case .l2Normalize(let x, let epsilon): return .l2Normalize(try tensor(x), epsilon: epsilon)
        }
    }
}

extension EmbeddingInput.Words {
    fileprivate var shape: Shape {
        switch self {
        case .ids(let tensor), .vectors(let tensor): tensor.shape
        }
    }
}
