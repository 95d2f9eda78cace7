#if Server
    import NIOCore
    import Synchronization

    /// Whether the caller at the other end of a connection still waits.
    final class ClientPresence: Sendable {
        private struct State {
            var isGone = false
            var onGone: (@Sendable () -> Void)?
        }

        private let state = Mutex(State())

        /// Calls `body` as soon as the caller has gone: at once if it has.
        func whenGone(_ body: @escaping @Sendable () -> Void) {
            let isGone = state.withLock { state in
                if !state.isGone { state.onGone = body }
                return state.isGone
            }
            if isGone { body() }
        }

        /// Forgets what to call.
        func stopWatching() { state.withLock { $0.onGone = nil } }

        /// The caller has gone.
        func leave() {
            let body = state.withLock { state in
                state.isGone = true
                defer { state.onGone = nil }
                return state.onGone
            }
            body?()
        }
    }

    /// The open connections' callers.
    final class Connections: Sendable {
        private let presences = Mutex<[ObjectIdentifier: ClientPresence]>([:])

        /// The caller of a connection that was opened.
        func add(_ channel: any Channel) -> ClientPresence {
            let presence = ClientPresence()
            presences.withLock { $0[ObjectIdentifier(channel)] = presence }
            return presence
        }

        func remove(_ channel: any Channel) { presences.withLock { $0[ObjectIdentifier(channel)] = nil } }

        /// The caller of an open connection.
        func presence(of channel: any Channel) -> ClientPresence? {
            presences.withLock { $0[ObjectIdentifier(channel)] }
        }
    }
#endif
