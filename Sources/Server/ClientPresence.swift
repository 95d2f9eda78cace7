#if Server
    import NIOCore
    import Synchronization

    /// The state of the client of an HTTP/2 stream: whether it is still waiting for a response.
    final class ClientPresence: Sendable {
        private struct State {
            var isGone = false
            var onGone: (@Sendable () -> Void)?
        }

        private let state = Mutex(State())

        /// Calls `body` as soon as the client has disconnected, or immediately if it has already.
        func whenGone(_ body: @escaping @Sendable () -> Void) {
            let isGone = state.withLock { state in
                if !state.isGone { state.onGone = body }
                return state.isGone
            }
            if isGone { body() }
        }

        /// Removes the registered closure.
        func stopWatching() { state.withLock { $0.onGone = nil } }

        /// Records that the client has disconnected.
        func leave() {
            let body = state.withLock { state in
                state.isGone = true
                defer { state.onGone = nil }
                return state.onGone
            }
            body?()
        }
    }

    /// The clients of all open HTTP/2 streams.
    final class Streams: Sendable {
        private let presences = Mutex<[ObjectIdentifier: ClientPresence]>([:])

        /// Adds the client of a new stream.
        func add(_ channel: any Channel) -> ClientPresence {
            let presence = ClientPresence()
            presences.withLock { $0[ObjectIdentifier(channel)] = presence }
            return presence
        }

        func remove(_ channel: any Channel) { presences.withLock { $0[ObjectIdentifier(channel)] = nil } }

        /// Returns the client of an open stream.
        func presence(of channel: any Channel) -> ClientPresence? {
            presences.withLock { $0[ObjectIdentifier(channel)] }
        }
    }
#endif
