/// A backend around another one, which sees every operation on its way there.
///
/// A decorator says what it does in ``perform(_:)``; the whole contract is there, each operation handed on as what it is:
/// composites are never decomposed. It keeps the other's name, so that tensors and prepared weights stay its own, and
/// says of itself in ``BackendInfo/details``.
public protocol BackendDecorator: ComputeBackend {
    /// The backend that computes.
    var base: any ComputeBackend { get }
    /// Whether it looks at ``OperationScope/current``: if not, models need not say where they are. True unless said
    /// otherwise.
    var usesScope: Bool { get }
    /// Does an operation: makes the call on ``base``, and whatever the decorator is for.
    ///
    /// - Returns: the kind of result that a call of the operation gives.
    func perform(_ call: OperationCall) throws -> OperationResult
}

extension BackendDecorator {
    public var usesScope: Bool { true }
    /// What the backend that computes says.
    public var info: BackendInfo { base.info }
    /// The threads of the backend that computes.
    public var workerPool: WorkerPool? { base.workerPool }
    /// What the backend that computes says; a decorator that has to see a pass's operations in one order says false.
    public var dividesBatches: Bool { base.dividesBatches }
    /// What the backend that computes says.
    public func capability(of request: OperationRequest) -> Capability { base.capability(of: request) }
    /// Itself, in its own precision: another one is asked of the backend, before anything is put around it.
    public func computing(in precision: Precision) throws -> any ComputeBackend {
        guard precision == info.precision else {
            throw BackendUnavailableReason.precisionNotSupported(precision, have: [info.precision])
        }
        return self
    }

    public func upload(_ buffer: HostBuffer, shape: Shape, elementType: ElementType) throws -> Tensor {
        try tensor(.upload(buffer, shape: shape, elementType: elementType))
    }
    public func download(_ tensor: Tensor, into destination: UnsafeMutableRawBufferPointer) throws {
        _ = try perform(.download(tensor, into: destination))
    }
    public func matmul(
        _ a: Tensor, _ b: Tensor, transposeA: Bool, transposeB: Bool, scale: Float
    ) throws -> Tensor {
        try tensor(.matmul(a, b, transposeA: transposeA, transposeB: transposeB, scale: scale))
    }
    public func binary(_ operation: BinaryOperation, _ a: Tensor, _ b: Tensor) throws -> Tensor {
        try tensor(.binary(operation, a, b))
    }
    public func unary(_ operation: UnaryOperation, _ a: Tensor) throws -> Tensor { try tensor(.unary(operation, a)) }
    public func reduce(_ operation: Reduction, _ a: Tensor, axis: Int) throws -> Tensor {
        try tensor(.reduce(operation, a, axis: axis))
    }
    public func gatherRows(_ table: Tensor, indices: Tensor) throws -> Tensor {
        try tensor(.gatherRows(table, indices: indices))
    }
    public func scatterAddRows(_ rows: Tensor, indices: Tensor, rowCount: Int) throws -> Tensor {
        try tensor(.scatterAddRows(rows, indices: indices, rowCount: rowCount))
    }
    public func permute(_ a: Tensor, axes: [Int]) throws -> Tensor { try tensor(.permute(a, axes: axes)) }
    public func slice(_ a: Tensor, axis: Int, range: Range<Int>) throws -> Tensor {
        try tensor(.slice(a, axis: axis, range: range))
    }
    public func concatenate(_ parts: [Tensor], axis: Int) throws -> Tensor {
        try tensor(.concatenate(parts, axis: axis))
    }
    public func cast(_ a: Tensor, to elementType: ElementType) throws -> Tensor {
        try tensor(.cast(a, to: elementType))
    }
    public func prepareLinear(weight: Tensor, bias: Tensor?) throws -> PreparedLinear {
        let call = OperationCall.prepareLinear(weight: weight, bias: bias)
        guard case .weights(let weights) = try perform(call) else { throw wrongResult(call) }
        return weights
    }
    public func linear(
        _ x: Tensor, _ weights: PreparedLinear, activation: Activation?, residual: Tensor?
    ) throws -> Tensor {
        try tensor(.linear(x, weights, activation: activation, residual: residual))
    }
    public func activation(_ activation: Activation, _ x: Tensor) throws -> Tensor {
        try tensor(.activation(activation, x))
    }
    public func layerNorm(_ x: Tensor, residual: Tensor?, _ weights: LayerNormWeights) throws -> Tensor {
        try tensor(.layerNorm(x, residual: residual, weights))
    }
    public func softmax(_ x: Tensor, mask: Tensor?, scale: Float) throws -> Tensor {
        try tensor(.softmax(x, mask: mask, scale: scale))
    }
    public func attention(_ input: AttentionInput, _ options: AttentionOptions) throws -> AttentionOutput {
        let call = OperationCall.attention(input, options)
        guard case .attention(let output) = try perform(call) else { throw wrongResult(call) }
        return output
    }
    public func embeddings(_ input: EmbeddingInput, _ tables: EmbeddingTables) throws -> Tensor {
        try tensor(.embeddings(input, tables))
    }
    public func pool(_ x: Tensor, sequences: PackedSequences, _ pooling: Pooling) throws -> Tensor {
        try tensor(.pool(x, sequences: sequences, pooling))
    }
    public func l2Normalize(_ x: Tensor, epsilon: Float) throws -> Tensor {
        try tensor(.l2Normalize(x, epsilon: epsilon))
    }

    private func tensor(_ call: OperationCall) throws -> Tensor {
        guard case .tensor(let tensor) = try perform(call) else { throw wrongResult(call) }
        return tensor
    }

    private func wrongResult(_ call: OperationCall) -> BertError {
        BertError(.unsupported, "\(Self.self) gave another kind of result for \(call.kind.rawValue) than it has")
    }
}
