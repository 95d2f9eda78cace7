/// The cost of a call and the growth of its rounding errors.
extension OperationCall {
    /// The number of additions and multiplications in matrix products; 0 for operations without products.
    ///
    /// For attention, keys in reach are counted by token indices.
    public var productOperations: Int {
        switch self {
        case .matmul(let a, let b, let transposeA, let transposeB, _):
            guard let sizes = try? ShapeRules.matmul(a, b, transposeA: transposeA, transposeB: transposeB) else {
                return 0
            }
            return 2 * sizes.output.elementCount * sizes.k
        case .linear(let x, let weights, _, _): return 2 * x.shape.elementCount * weights.outputSize
        case .linearInputGradient(let gradient, let weight):
            return 2 * gradient.shape.elementCount * weight.shape.lastLength
        case .linearWeightGradient(let x, let gradient, _):
            return 2 * x.shape.elementCount * gradient.shape.lastLength
        case .attention(let input, let options):
            guard let sizes = try? ShapeRules.attention(input, options) else { return 0 }
            return 2 * options.heads
                * (options.visibleScoreCount * (sizes.headSize + sizes.valueSize)
                    + options.relativeScoreCount * sizes.headSize)
        case .attentionGradient(let input, let options, _):
            guard let sizes = try? ShapeRules.attention(input, options) else { return 0 }
            // The scores again, then the gradients of scores, queries, keys and values.
            return 2 * options.heads
                * (options.visibleScoreCount * (3 * sizes.headSize + 2 * sizes.valueSize)
                    + 3 * options.relativeScoreCount * sizes.headSize)
        default: return 0
        }
    }

    /// The number of terms in the sum of one element of the result.
    var depth: Int {
        switch self {
        case .matmul(let a, _, let transposeA, _, _):
            a.shape.count < 2 ? 1 : a.shape[a.shape.count - (transposeA ? 2 : 1)]
        case .linear(_, let weights, _, _): weights.inputSize
        case .linearInputGradient(let gradient, _): gradient.shape.lastLength
        case .linearWeightGradient(let x, _, _): x.shape.rowCount
        // The gradients of the weights are sums over rows.
        case .layerNormGradient(let x, _, _, _): max(x.shape.lastLength, x.shape.rowCount)
        case .reduce(_, let a, let axis): a.shape.indices.contains(axis) ? a.shape[axis] : 1
        case .scatterAddRows(let rows, _, _): rows.shape.first ?? 1
        case .layerNorm(let x, _, _), .softmax(let x, _, _), .l2Normalize(let x, _), .softmaxGradient(let x, _, _),
            .l2NormalizeGradient(let x, _, _):
            x.shape.lastLength
        case .embeddings(_, let tables): tables.word.shape.lastLength
        case .pool(_, let sequences, _): sequences.maximumLength
        case .crossEntropy(let logits, _, _): logits.shape.lastLength
        case .attention(.fused(let qkv), let options), .attentionGradient(.fused(let qkv), let options, _):
            options.depth(headSize: qkv.shape.lastLength / max(1, 3 * options.heads))
        case .attention(.separate(let query, _, _), let options),
            .attentionGradient(.separate(let query, _, _), let options, _):
            options.depth(headSize: query.shape.lastLength / max(1, options.heads))
        default: 1
        }
    }
}

extension AttentionOptions {
    /// The number of scores of one head that are in reach.
    fileprivate var visibleScoreCount: Int {
        guard let reach else { return scoreCount }
        return (0..<sequences.count).reduce(0) { sum, sequence in
            let (queries, keys) = (sequences[sequence].count, keySequences[sequence].count)
            return (0..<queries).reduce(sum) { sum, query in
                // Computed this way because query + reach may overflow.
                let last = reach < keys - query ? query + reach + 1 : keys
                return sum + max(0, last - max(0, query - min(query, reach)))
            }
        }
    }

    /// The number of products of queries or keys with rows of the relative tables, for one head.
    fileprivate var relativeScoreCount: Int {
        guard let relative else { return 0 }
        let rows = (relative.keys ?? relative.queries)?.shape.first ?? 0
        return (0..<sequences.count).reduce(0) { sum, sequence in
            let (queries, keys) = (sequences[sequence].count, keySequences[sequence].count)
            let distances = min(rows, max(0, queries + keys - 1))
            return sum + distances * ((relative.keys == nil ? 0 : queries) + (relative.queries == nil ? 0 : keys))
        }
    }

    fileprivate func depth(headSize: Int) -> Int {
        let terms = relative.map { 1 + ($0.keys == nil ? 0 : 1) + ($0.queries == nil ? 0 : 1) } ?? 1
        return max(keySequences.maximumLength, terms * headSize)
    }
}
