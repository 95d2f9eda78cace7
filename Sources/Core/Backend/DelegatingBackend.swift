/// A backend that does some operations itself and has the rest done by another one that shares its memory.
///
/// An author who brings a matrix product implements ``ComputeBackend/matmul(_:_:transposeA:transposeB:scale:)`` and says
/// so in ``nativeOperations``; everything else is there. Products inside composites (linear layers, attention) are
/// decomposed onto the backend's own; row-wise composites go to the delegate as a whole.
public protocol DelegatingBackend: ComputeBackend {
    /// Who does what is not native; for a backend on the CPU the reference, through
    /// ``BackendContext/reference()``.
    var delegate: any ComputeBackend { get }
    /// The operations that this backend does itself.
    var nativeOperations: Set<OperationKind> { get }
}

extension DelegatingBackend {
    /// The threads of the one it leaves the rest to.
    public var workerPool: WorkerPool? { delegate.workerPool }

    /// Native, in float32, if among ``nativeOperations`` or composed of products; otherwise what the delegate does.
    public func capability(of request: OperationRequest) -> Capability {
        if let refusal = request.refusal(inFloat32By: info.name) { return refusal }
        if nativeOperations.union([.attention, .linear, .prepareLinear]).contains(request.kind) { return .native }
        switch delegate.capability(of: request) {
        case .native: return .delegated(to: delegate.info.name, why: "\(info.name) has no kernel of its own")
        case let other: return other
        }
    }

    public func upload(_ buffer: HostBuffer, shape: Shape, elementType: ElementType) throws -> Tensor {
        try delegate.upload(buffer, shape: shape, elementType: elementType)
    }
    public func download(_ tensor: Tensor, into destination: UnsafeMutableRawBufferPointer) throws {
        try delegate.download(tensor, into: destination)
    }
    public func matmul(
        _ a: Tensor, _ b: Tensor, transposeA: Bool, transposeB: Bool, scale: Float
    ) throws -> Tensor {
        try delegate.matmul(a, b, transposeA: transposeA, transposeB: transposeB, scale: scale)
    }
    public func binary(_ operation: BinaryOperation, _ a: Tensor, _ b: Tensor) throws -> Tensor {
        try delegate.binary(operation, a, b)
    }
    public func unary(_ operation: UnaryOperation, _ a: Tensor) throws -> Tensor { try delegate.unary(operation, a) }
    public func reduce(_ operation: Reduction, _ a: Tensor, axis: Int) throws -> Tensor {
        try delegate.reduce(operation, a, axis: axis)
    }
    public func gatherRows(_ table: Tensor, indices: Tensor) throws -> Tensor {
        try delegate.gatherRows(table, indices: indices)
    }
    public func scatterAddRows(_ rows: Tensor, indices: Tensor, rowCount: Int) throws -> Tensor {
        try delegate.scatterAddRows(rows, indices: indices, rowCount: rowCount)
    }
    public func permute(_ a: Tensor, axes: [Int]) throws -> Tensor { try delegate.permute(a, axes: axes) }
    public func slice(_ a: Tensor, axis: Int, range: Range<Int>) throws -> Tensor {
        try delegate.slice(a, axis: axis, range: range)
    }
    public func concatenate(_ parts: [Tensor], axis: Int) throws -> Tensor {
        try delegate.concatenate(parts, axis: axis)
    }
    public func cast(_ a: Tensor, to elementType: ElementType) throws -> Tensor {
        try delegate.cast(a, to: elementType)
    }
    public func activation(_ activation: Activation, _ x: Tensor) throws -> Tensor {
        try delegate.activation(activation, x)
    }
    public func layerNorm(_ x: Tensor, residual: Tensor?, _ weights: LayerNormWeights) throws -> Tensor {
        try delegate.layerNorm(x, residual: residual, weights)
    }
    public func softmax(_ x: Tensor, mask: Tensor?, scale: Float) throws -> Tensor {
        try delegate.softmax(x, mask: mask, scale: scale)
    }
    public func embeddings(_ input: EmbeddingInput, _ tables: EmbeddingTables) throws -> Tensor {
        try delegate.embeddings(input, tables)
    }
    public func pool(_ x: Tensor, sequences: PackedSequences, _ pooling: Pooling) throws -> Tensor {
        try delegate.pool(x, sequences: sequences, pooling)
    }
    public func l2Normalize(_ x: Tensor, epsilon: Float) throws -> Tensor {
        try delegate.l2Normalize(x, epsilon: epsilon)
    }
}
