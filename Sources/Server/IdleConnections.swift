#if Server
    import NIOCore

    /// The HTTP/1.1 connections of an event loop. Those without a request for too long are closed.
    ///
    /// A timer for all of them needs less memory than a timer for each.
    final class IdleConnections: @unchecked Sendable {
        // Only accessed on the event loop.
        private var handlers: [ObjectIdentifier: RequestHandler] = [:]
        private var isScheduled = false
        private let loop: any EventLoop
        private let timeout: TimeAmount

        init(_ loop: any EventLoop, timeout: TimeAmount) {
            self.loop = loop
            self.timeout = timeout
        }

        /// Adds the last handler of a connection.
        func add(_ handler: RequestHandler) {
            loop.preconditionInEventLoop()
            handlers[ObjectIdentifier(handler)] = handler
            schedule()
        }

        func remove(_ handler: RequestHandler) {
            loop.preconditionInEventLoop()
            handlers[ObjectIdentifier(handler)] = nil
        }

        private func schedule() {
            guard !isScheduled, !handlers.isEmpty else { return }
            isScheduled = true
            let interval = max(1_000_000, min(5_000_000_000, timeout.nanoseconds / 16))
            loop.scheduleTask(in: .nanoseconds(interval)) { [self] in
                isScheduled = false
                let limit = NIODeadline.now() - timeout
                for handler in Array(handlers.values) { handler.close(ifIdleSince: limit) }
                schedule()
            }
        }
    }
#endif
