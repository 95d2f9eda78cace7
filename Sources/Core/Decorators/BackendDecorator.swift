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

    /// Performs a call that gives a tensor.
    func tensor(_ call: OperationCall) throws -> Tensor {
        guard case .tensor(let tensor) = try perform(call) else { throw wrongResult(call) }
        return tensor
    }

    func wrongResult(_ call: OperationCall) -> BertError {
        BertError(.unsupported, "\(Self.self) returned the wrong kind of result for \(call.kind.rawValue)")
    }
}
