import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What is done when the user interrupts the program.
enum Interruption {
    /// Has `body` run before SIGINT or SIGTERM ends the program, which then ends as it would have.
    ///
    /// Called before there is another thread: signals are kept from all threads but one, which waits for them.
    static func beforeEnding(_ body: @escaping @Sendable () -> Void) {
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM] where !isIgnored(signal) { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let awaited = signals
        let isWaiting = DetachedThread.start {
            var (awaited, number) = (awaited, Int32(0))
            guard sigwait(&awaited, &number) == 0 else { return }
            body()
            signal(number, SIG_DFL)
            pthread_sigmask(SIG_UNBLOCK, &awaited, nil)
            kill(getpid(), number)
        }
        if !isWaiting { pthread_sigmask(SIG_UNBLOCK, &signals, nil) }
    }

    /// Number of the signal that came, 0 if none did. Written by a signal handler alone.
    nonisolated(unsafe) private static var number: sig_atomic_t = 0

    /// The signal by which the user interrupted a job; nil if that did not happen.
    static var received: Int32? { number == 0 ? nil : number }

    /// From now on the first SIGINT or SIGTERM is only noted, in ``received``; the second ends the program.
    static func note() {
        for signal in [SIGINT, SIGTERM] where !isIgnored(signal) {
            // Not restarted: a read that waits comes back.
            var action = sigaction()
            let handler: @convention(c) (Int32) -> Void = {
                Interruption.number = $0
                Interruption.signalDefault($0)
            }
            #if canImport(Darwin)
                action.__sigaction_u.__sa_handler = handler
            #elseif canImport(Musl)
                action.__sa_handler.sa_handler = handler
            #else
                action.__sigaction_handler.sa_handler = handler
            #endif
            sigaction(signal, &action, nil)
            // A trace keeps them from all threads.
            var signals = sigset_t()
            sigemptyset(&signals)
            sigaddset(&signals, signal)
            pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        }
    }

    private static func signalDefault(_ number: Int32) { signal(number, SIG_DFL) }

    /// Whether whoever started the program wants it to go on.
    private static func isIgnored(_ number: Int32) -> Bool {
        let former = signal(number, SIG_IGN)
        defer { signal(number, former) }
        #if canImport(Darwin)
            return unsafeBitCast(former, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
        #else
            return former.map { unsafeBitCast($0, to: Int.self) } == unsafeBitCast(SIG_IGN, to: Int.self)
        #endif
    }
}
