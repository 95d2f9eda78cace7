import BertLocks

/// The recorded calls of one backend, grouped by operation and capability.
final class TraceLedger: Sendable {
    private struct State {
        var rows: [Trace.Row] = []
        /// The row of each known request. Asking the backend again would take as long as a small operation.
        var known: [OperationRequest: Int] = [:]
    }
    private let state = ForkSafeMutex(State())
    private let backend: any ComputeBackend
    let name: String
    /// The arithmetic identifier of the backend.
    let numerics: String
    /// The maximum number of cached requests. Lengths vary from call to call, so the number of requests is unbounded.
    private static let rememberedRequests = 4_096

    init(_ backend: any ComputeBackend) {
        self.backend = backend
        name = backend.info.name
        numerics = backend.info.numerics
    }

    var rows: [Trace.Row] { state.withLock(\.rows).filter { $0.calls > 0 } }

    /// Adds a call and returns its capability.
    func add(_ request: OperationRequest, duration: Duration, productOperations: Int, failed: Bool) -> Capability {
        // Asked without holding the lock, because the backend may take a lock of its own.
        let known = state.withLock { $0.known[request] }
        let index = known ?? row(for: request, backend.capability(of: request))
        return state.withLock { state in
            state.rows[index].calls += 1
            state.rows[index].failures += failed ? 1 : 0
            state.rows[index].duration += duration
            state.rows[index].productOperations += productOperations
            return state.rows[index].capability
        }
    }

    private func row(for request: OperationRequest, _ capability: Capability) -> Int {
        state.withLock { state in
            let present = state.rows.firstIndex { $0.operation == request.kind && $0.capability == capability }
            if present == nil {
                state.rows.append(Trace.Row(backend: name, operation: request.kind, capability: capability))
            }
            let index = present ?? state.rows.count - 1
            if state.known.count >= Self.rememberedRequests { state.known.removeAll(keepingCapacity: true) }
            state.known[request] = index
            return index
        }
    }
}
