public import BertCore
import HostKernels

/// What OpenBLAS has no routines for.
extension OpenBLASBackend {
    public func binary(_ operation: BinaryOperation, _ a: Tensor, _ b: Tensor) throws -> Tensor {
        try kernels.binary(operation, a, b)
    }
    public func unary(_ operation: UnaryOperation, _ a: Tensor) throws -> Tensor { try kernels.unary(operation, a) }
    public func reduce(_ operation: Reduction, _ a: Tensor, axis: Int) throws -> Tensor {
        try kernels.reduce(operation, a, axis: axis)
    }
    public func gatherRows(_ table: Tensor, indices: Tensor) throws -> Tensor {
        try kernels.gatherRows(table, indices: indices)
    }
    public func activation(_ activation: Activation, _ x: Tensor) throws -> Tensor {
        try kernels.activation(activation, x)
    }
    public func layerNorm(_ x: Tensor, residual: Tensor?, _ weights: LayerNormWeights) throws -> Tensor {
        try kernels.layerNorm(x, residual: residual, weights)
    }
    public func softmax(_ x: Tensor, mask: Tensor?, scale: Float) throws -> Tensor {
        try kernels.softmax(x, mask: mask, scale: scale)
    }
    public func attention(_ input: AttentionInput, _ options: AttentionOptions) throws -> AttentionOutput {
        try kernels.attention(input, options) ?? delegate.attention(input, options)
    }
    public func embeddings(_ input: EmbeddingInput, _ tables: EmbeddingTables) throws -> Tensor {
        try kernels.embeddings(input, tables)
    }
    public func pool(_ x: Tensor, sequences: PackedSequences, _ pooling: Pooling) throws -> Tensor {
        try kernels.pool(x, sequences: sequences, pooling)
    }
    public func l2Normalize(_ x: Tensor, epsilon: Float) throws -> Tensor {
        try kernels.l2Normalize(x, epsilon: epsilon)
    }
}
