#if Server
    import NIOCore
    import NIOPosix

    /// An executor that runs tasks on an event loop, so that a request is read, answered and sent by one thread.
    final class LoopExecutor: TaskExecutor {
        private let loop: any EventLoop

        init(_ loop: any EventLoop) { self.loop = loop }

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
    }

    /// The event loops of all servers of the process. They only parse, tokenize and send, so a fraction of the
    /// processors is enough, and the engine's threads are interrupted less.
    enum Loops {
        static let group: MultiThreadedEventLoopGroup = MultiThreadedEventLoopGroup(
            numberOfThreads: max(1, System.coreCount / 4))

        private static let executors = forEach { LoopExecutor($0) }

        /// Returns a value for each event loop, by the identity of the loop.
        static func forEach<Value>(_ make: (any EventLoop) -> Value) -> [ObjectIdentifier: Value] {
            var values: [ObjectIdentifier: Value] = [:]
            for loop in group.makeIterator() { values[ObjectIdentifier(loop)] = make(loop) }
            return values
        }

        /// Returns the executor of one of the event loops.
        static func executor(of loop: any EventLoop) -> LoopExecutor? { executors[ObjectIdentifier(loop)] }
    }
#endif
