/// A backend that wraps another backend and intercepts every operation.
///
/// A decorator implements ``perform(_:)``. Every operation of ``ComputeBackend`` is passed to it as a call; composites
/// are not decomposed. The decorator keeps the name of the wrapped backend, so tensors and prepared weights are
/// compatible, and describes itself in ``BackendInfo/details``.
public protocol BackendDecorator: ComputeBackend {
    /// The wrapped backend.
    var base: any ComputeBackend { get }
    /// Whether the decorator reads ``OperationScope/current``. If false, models skip naming their parts. The default is
    /// true.
    var usesScope: Bool { get }
    /// Performs an operation, usually by calling it on ``base``.
    ///
    /// - Returns: The kind of result that a call of the operation has.
    func perform(_ call: OperationCall) throws -> OperationResult
}

extension BackendDecorator {
    public var usesScope: Bool { true }
    /// The description of the wrapped backend.
    public var info: BackendInfo { base.info }
    /// The thread pool of the wrapped backend.
    public var workerPool: WorkerPool? { base.workerPool }
    /// The value of the wrapped backend. A decorator that needs to see the operations of a forward pass in order
    /// returns false.
    public var dividesBatches: Bool { base.dividesBatches }
    /// Returns the capability of the wrapped backend.
    public func capability(of request: OperationRequest) -> Capability { base.capability(of: request) }
    /// Returns the decorator itself for its own precision; other precisions must be selected before wrapping the
    /// backend.
    public func computing(in precision: Precision) throws -> any ComputeBackend {
        guard precision == info.precision else {
            throw BackendUnavailableReason.precisionNotSupported(precision, have: [info.precision])
        }
        return self
    }

    /// Performs a call that returns a tensor.
    func tensor(_ call: OperationCall) throws -> Tensor {
        guard case .tensor(let tensor) = try perform(call) else { throw wrongResult(call) }
        return tensor
    }

    func wrongResult(_ call: OperationCall) -> BertError {
        BertError(.unsupported, "\(Self.self) returned the wrong kind of result for \(call.kind.rawValue)")
    }
}
