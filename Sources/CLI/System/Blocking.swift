#if Server
    import BertServing

    /// Runs asynchronous work from a program that isn't.
    enum Blocking {
        /// Blocks the calling thread until `body` is done.
        static func run(_ body: @escaping @Sendable () async throws -> Void) throws {
            let outcome = Monitor<Result<Void, any Error>?>(nil)
            Task {
                let result: Result<Void, any Error>
                do { result = .success(try await body()) } catch { result = .failure(error) }
                outcome.signal { $0 = result }
            }
            try outcome.wait { $0 }.get()
        }
    }
#endif
