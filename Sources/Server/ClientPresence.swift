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
        private struct Stream {
            let presence: ClientPresence
            let connection: ObjectIdentifier?
        }

        private let streams = Mutex<[ObjectIdentifier: Stream]>([:])

        /// Adds the client of a new stream.
        func add(_ channel: any Channel) -> ClientPresence {
            let presence = ClientPresence()
            let stream = Stream(presence: presence, connection: channel.parent.map { ObjectIdentifier($0) })
            streams.withLock { $0[ObjectIdentifier(channel)] = stream }
            return presence
        }

        func remove(_ channel: any Channel) { streams.withLock { $0[ObjectIdentifier(channel)] = nil } }

        /// Returns the client of an open stream.
        func presence(of channel: any Channel) -> ClientPresence? {
            streams.withLock { $0[ObjectIdentifier(channel)]?.presence }
        }

        /// Returns whether a connection has open streams.
        func isOpen(_ connection: any Channel) -> Bool {
            let connection = ObjectIdentifier(connection)
            return streams.withLock { $0.values.contains { $0.connection == connection } }
        }
    }
#endif
