import BertCore

extension DifferentiatingBackend {
    /// Performs a call with a tracked operand, and records its gradient rule.
    ///
    /// - Throws: ``BertError`` with code `unsupported` for an operation without a gradient; errors of the base backend.
    func recorded(_ call: OperationCall, _ plain: OperationCall) throws -> OperationResult {
        if case .attention(let input, let options) = call {
            return .attention(try recordedAttention(input, options, plain))
        }
        if case .crossEntropy(let logits, let labels, let options) = call {
            return .crossEntropy(try recordedCrossEntropy(logits, labels: labels, options, plain))
        }
        guard case .tensor(let result) = try plain(on: base) else {
            // A download, or the values of a constant.
            return .nothing
        }
        guard let pullback = try pullback(of: call, giving: result) else { return .tensor(result) }
        return .tensor(record(call.kind, result, pullback))
    }

    /// Returns the gradient rule of a call, or nil if its result is a step function of its operands.
    private func pullback(of call: OperationCall, giving result: Tensor) throws -> Tape.Pullback? {
        switch call {
        case .matmul(let a, let b, let transposeA, let transposeB, let scale):
            return try matmulPullback(a, b, transposeA, transposeB, scale)
        case .binary(let operation, let a, let b): return try binaryPullback(operation, a, b, result)
        case .unary(let operation, let a): return try unaryPullback(operation, a, result)
        case .reduce(let reduction, let a, let axis): return try reductionPullback(reduction, a, axis, result)
        case .gatherRows(let table, let indices): return try gatherPullback(table, indices)
        case .scatterAddRows(let rows, let indices, _):
            let parent = try parent(rows)
            return { try $1.add(to: parent, $1.base.gatherRows($0, indices: indices)) }
        case .permute(let a, let axes):
            let parent = try parent(a)
            var inverse = axes
            for (index, axis) in axes.enumerated() { inverse[axis] = index }
            return { [inverse] in try $1.add(to: parent, $1.base.permute($0, axes: inverse)) }
        case .slice(let a, let axis, let range):
            let parent = try parent(a)
            return { try $1.add(to: parent, axis: axis, range: range, $0) }
        case .concatenate(let parts, let axis): return try concatenationPullback(parts, axis)
        case .cast(let a, let elementType):
            guard a.elementType.isFloatingPoint, elementType.isFloatingPoint else { return nil }
            let (parent, original) = (try parent(a), a.elementType)
            return { try $1.add(to: parent, $1.base.cast($0, to: original)) }
        case .activation(let activation, let x): return try activationPullback(activation, x)
        case .layerNorm(let x, let residual, let weights): return try layerNormPullback(x, residual, weights)
        case .softmax(let x, let mask, let scale): return try softmaxPullback(x, mask, scale, result)
        case .embeddings(let input, let tables): return try embeddingsPullback(input, tables)
        case .pool(let x, let sequences, let pooling):
            return try poolPullback(x, sequences, pooling, result)
        case .l2Normalize(let x, let epsilon): return try l2NormalizePullback(x, epsilon)
        case .dropout(let x, let dropout): return try dropoutPullback(x, dropout)
        default:
            throw BertError(
                .unsupported,
                "\(call.kind.rawValue) doesn't support gradients, but its operand is tracked",
                value: .string(call.kind.rawValue))
        }
    }
}
