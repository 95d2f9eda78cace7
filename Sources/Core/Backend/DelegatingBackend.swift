/// A backend that computes some operations itself and delegates the others to a backend that shares its memory.
///
/// To use a library's matrix product, implement ``ComputeBackend/matmul(_:_:transposeA:transposeB:scale:)`` and list it
/// in ``nativeOperations``. Composites of products (linear layers, attention) are decomposed onto the backend's own
/// products. Row-wise composites are delegated as a whole.
public protocol DelegatingBackend: ComputeBackend {
    /// The backend that computes all other operations; for CPU backends the reference, from
    /// ``BackendContext/reference()``.
    var delegate: any ComputeBackend { get }
    /// The operations that this backend computes itself.
    var nativeOperations: Set<OperationKind> { get }
}

extension DelegatingBackend {
    /// The thread pool of the delegate.
    public var workerPool: WorkerPool? { delegate.workerPool }

    /// Returns `native` for float32 operations that are in ``nativeOperations`` or composed of products; otherwise the
    /// capability of the delegate.
    public func capability(of request: OperationRequest) -> Capability {
        if let refusal = request.refusal(inFloat32By: info.name) { return refusal }
        if nativeOperations.union(composedOperations).contains(request.kind) { return .native }
        switch delegate.capability(of: request) {
        case .native: return .delegated(to: delegate.info.name, why: "\(info.name) has no native kernel")
        case let other: return other
        }
    }
}
