import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The handling of interruptions by the user.
enum Interruption {
    /// Runs `body` before SIGINT or SIGTERM ends the program. The program then ends with the same signal.
    ///
    /// Call it before any other thread is started: the signals are blocked on all threads except the one that waits for
    /// them.
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

    /// The number of the received signal, or 0. Written only by a signal handler.
    nonisolated(unsafe) private static var number: sig_atomic_t = 0

    /// The signal with which the user interrupted a job, or nil.
    static var received: Int32? { number == 0 ? nil : number }

    /// Records the first SIGINT or SIGTERM in ``received`` from now on, instead of ending the program. The second one
    /// ends it.
    static func note() {
        for signal in [SIGINT, SIGTERM] where !isIgnored(signal) {
            // System calls aren't restarted, so that a blocked read returns.
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
            // A trace blocks the signals on all threads.
            var signals = sigset_t()
            sigemptyset(&signals)
            sigaddset(&signals, signal)
            pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        }
    }

    private static func signalDefault(_ number: Int32) { signal(number, SIG_DFL) }

    /// Returns whether the signal is ignored because the parent process requested it.
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
