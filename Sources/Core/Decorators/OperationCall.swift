/// A call of one operation as a value: which one, on what.
///
/// What a ``BackendDecorator`` is handed. ``callAsFunction(on:)`` makes the call on a backend.
public enum OperationCall {
    /// ``ComputeBackend/upload(_:shape:elementType:)``.
    case upload(HostBuffer, shape: Shape, elementType: ElementType)
    /// ``ComputeBackend/download(_:into:)``.
    case download(Tensor, into: UnsafeMutableRawBufferPointer)
    /// ``ComputeBackend/matmul(_:_:transposeA:transposeB:scale:)``.
    case matmul(Tensor, Tensor, transposeA: Bool, transposeB: Bool, scale: Float)
    /// ``ComputeBackend/binary(_:_:_:)``.
    case binary(BinaryOperation, Tensor, Tensor)
    /// ``ComputeBackend/unary(_:_:)``.
    case unary(UnaryOperation, Tensor)
    /// ``ComputeBackend/reduce(_:_:axis:)``.
    case reduce(Reduction, Tensor, axis: Int)
    /// ``ComputeBackend/gatherRows(_:indices:)``.
    case gatherRows(Tensor, indices: Tensor)
    /// ``ComputeBackend/scatterAddRows(_:indices:rowCount:)``.
    case scatterAddRows(Tensor, indices: Tensor, rowCount: Int)
    /// ``ComputeBackend/permute(_:axes:)``.
    case permute(Tensor, axes: [Int])
    /// ``ComputeBackend/slice(_:axis:range:)``.
    case slice(Tensor, axis: Int, range: Range<Int>)
    /// ``ComputeBackend/concatenate(_:axis:)``.
    case concatenate([Tensor], axis: Int)
    /// ``ComputeBackend/cast(_:to:)``.
    case cast(Tensor, to: ElementType)
    /// ``ComputeBackend/prepareLinear(weight:bias:)``.
    case prepareLinear(weight: Tensor, bias: Tensor?)
    /// ``ComputeBackend/linear(_:_:activation:residual:)``.
    case linear(Tensor, PreparedLinear, activation: Activation?, residual: Tensor?)
    /// ``ComputeBackend/activation(_:_:)``.
    case activation(Activation, Tensor)
    /// ``ComputeBackend/layerNorm(_:residual:_:)``.
    case layerNorm(Tensor, residual: Tensor?, LayerNormWeights)
    /// ``ComputeBackend/softmax(_:mask:scale:)``.
    case softmax(Tensor, mask: Tensor?, scale: Float)
    /// ``ComputeBackend/attention(_:_:)``.
    case attention(AttentionInput, AttentionOptions)
    /// ``ComputeBackend/embeddings(_:_:)``.
    case embeddings(EmbeddingInput, EmbeddingTables)
    /// ``ComputeBackend/pool(_:sequences:_:)``.
    case pool(Tensor, sequences: PackedSequences, Pooling)
    /// ``ComputeBackend/l2Normalize(_:epsilon:)``.
    case l2Normalize(Tensor, epsilon: Float)

    /// The operation's name.
    public var kind: OperationKind {
        switch self {
        case .upload: .upload
        case .download: .download
        case .matmul: .matmul
        case .binary: .binary
        case .unary: .unary
        case .reduce: .reduce
        case .gatherRows: .gatherRows
        case .scatterAddRows: .scatterAddRows
        case .permute: .permute
        case .slice: .slice
        case .concatenate: .concatenate
        case .cast: .cast
        case .prepareLinear: .prepareLinear
        case .linear: .linear
        case .activation: .activation
        case .layerNorm: .layerNorm
        case .softmax: .softmax
        case .attention: .attention
        case .embeddings: .embeddings
        case .pool: .pool
        case .l2Normalize: .l2Normalize
        }
    }

    /// Makes the call on a backend.
    public func callAsFunction(on backend: any ComputeBackend) throws -> OperationResult {
        switch self {
        case .upload(let buffer, let shape, let elementType):
            return .tensor(try backend.upload(buffer, shape: shape, elementType: elementType))
        case .download(let tensor, let destination):
            try backend.download(tensor, into: destination)
            return .nothing
        case .matmul(let a, let b, let transposeA, let transposeB, let scale):
            return .tensor(
                try backend.matmul(a, b, transposeA: transposeA, transposeB: transposeB, scale: scale))
        case .binary(let operation, let a, let b): return .tensor(try backend.binary(operation, a, b))
        case .unary(let operation, let a): return .tensor(try backend.unary(operation, a))
        case .reduce(let operation, let a, let axis): return .tensor(try backend.reduce(operation, a, axis: axis))
        case .gatherRows(let table, let indices): return .tensor(try backend.gatherRows(table, indices: indices))
        case .scatterAddRows(let rows, let indices, let rowCount):
            return .tensor(try backend.scatterAddRows(rows, indices: indices, rowCount: rowCount))
        case .permute(let a, let axes): return .tensor(try backend.permute(a, axes: axes))
        case .slice(let a, let axis, let range): return .tensor(try backend.slice(a, axis: axis, range: range))
        case .concatenate(let parts, let axis): return .tensor(try backend.concatenate(parts, axis: axis))
        case .cast(let a, let elementType): return .tensor(try backend.cast(a, to: elementType))
        case .prepareLinear(let weight, let bias):
            return .weights(try backend.prepareLinear(weight: weight, bias: bias))
        case .linear(let x, let weights, let activation, let residual):
            return .tensor(try backend.linear(x, weights, activation: activation, residual: residual))
        case .activation(let activation, let x): return .tensor(try backend.activation(activation, x))
        case .layerNorm(let x, let residual, let weights):
            return .tensor(try backend.layerNorm(x, residual: residual, weights))
        case .softmax(let x, let mask, let scale): return .tensor(try backend.softmax(x, mask: mask, scale: scale))
        case .attention(let input, let options): return .attention(try backend.attention(input, options))
        case .embeddings(let input, let tables): return .tensor(try backend.embeddings(input, tables))
        case .pool(let x, let sequences, let pooling):
            return .tensor(try backend.pool(x, sequences: sequences, pooling))
        case .l2Normalize(let x, let epsilon): return .tensor(try backend.l2Normalize(x, epsilon: epsilon))
        }
    }
}

/// What an operation gives.
public enum OperationResult: Sendable {
    /// Nothing: a download writes where its caller says.
    case nothing
    /// One tensor.
    case tensor(Tensor)
    /// Weights of a linear layer.
    case weights(PreparedLinear)
    /// A context, and probabilities if they were asked for.
    case attention(AttentionOutput)
}
