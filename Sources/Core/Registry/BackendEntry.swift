import BertLocks

/// A registered backend and its status.
final class BackendEntry: Sendable {
    let descriptor: BackendDescriptor

    private enum State {
        case closed
        /// One thread is opening the backend. Other threads wait without holding a lock.
        case opening(Opening<BackendStatus>)
        case opened(BackendStatus)
    }
    private let state = ForkSafeMutex(State.closed)

    init(_ descriptor: BackendDescriptor) { self.descriptor = descriptor }

    /// The status, if the backend has been opened.
    var statusIfOpened: BackendStatus? {
        state.withLock { state in
            if case .opened(let status) = state { status } else { nil }
        }
    }

    /// Returns the status of the backend, opening it on first use. Concurrent requests open it only once.
    ///
    /// `open` is foreign code that may request other backends, so no lock is held while it runs. A cyclic dependency,
    /// even across threads, makes the backend unavailable to the request that closes the cycle.
    func status(in context: BackendContext) -> BackendStatus {
        let (known, opening, isMine) = state.withLock { state -> (BackendStatus?, Opening<BackendStatus>?, Bool) in
            switch state {
            case .opened(let status): return (status, nil, false)
            case .opening(let opening): return (nil, opening, false)
            case .closed:
                let opening = Opening<BackendStatus>()
                state = .opening(opening)
                return (nil, opening, true)
            }
        }
        if let known { return known }
        guard let opening else { return .unavailable(.openingFailed(circle)) }
        guard isMine else { return opening.value() ?? .unavailable(.openingFailed(circle)) }
        let status = open(in: context)
        state.withLock { $0 = .opened(status) }
        opening.end(status)
        return status
    }

    func forgetFailure() {
        state.withLock { state in
            if case .opened(.unavailable) = state { state = .closed }
        }
    }

    private var circle: BertError {
        BertError(.libraryFailure, "\"\(descriptor.name)\" depends on itself")
    }

    private func open(in context: BackendContext) -> BackendStatus {
        do {
            let backend = try descriptor.open(context)
            try BackendSelfTest.run(backend)
            return .available(backend)
        } catch let reason as BackendUnavailableReason {
            return .unavailable(reason)
        } catch {
            return .unavailable(.openingFailed(error))
        }
    }
}
