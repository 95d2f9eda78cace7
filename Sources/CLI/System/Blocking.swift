#if Server
    import BertServing

    /// Runs asynchronous work from synchronous code.
    enum Blocking {
        /// Runs `body`, and blocks the calling thread until it returns.
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
