import Synchronization

/// A registered backend and what was found when it was opened.
final class BackendEntry: Sendable {
    let descriptor: BackendDescriptor

    private enum State {
        case closed
        /// By one thread; others wait for it, without a lock.
        case opening(Opening<BackendStatus>)
        case opened(BackendStatus)
    }
    private let state = Mutex(State.closed)

    init(_ descriptor: BackendDescriptor) { self.descriptor = descriptor }

    /// What it was found to be so far.
    var statusIfOpened: BackendStatus? {
        state.withLock { state in
            if case .opened(let status) = state { status } else { nil }
        }
    }

    /// Whether it can be used: opens it if nobody has. Two threads that ask at once open it once.
    ///
    /// A backend's `open` is foreign code that may ask for any backend, so no lock is held while it runs. One that waits for
    /// itself, through others and other threads too, is unavailable to whoever closed the circle.
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
        BertError(.libraryFailure, "\"\(descriptor.name)\" is being opened and needs itself to be opened")
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
