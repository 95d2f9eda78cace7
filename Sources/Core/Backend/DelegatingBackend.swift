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
        if nativeOperations.union(composedOperations).contains(request.kind) { return .native }
        switch delegate.capability(of: request) {
        case .native: return .delegated(to: delegate.info.name, why: "\(info.name) has no kernel of its own")
        case let other: return other
        }
    }
}
