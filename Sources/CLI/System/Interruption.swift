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
