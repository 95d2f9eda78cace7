extension ComputeBackend {
    /// Runs `body`, which performs many operations, as one of the callers that share the threads of the backend.
    package func asCaller<Result>(_ body: () throws -> Result) rethrows -> Result {
        guard let workerPool else { return try body() }
        return try workerPool.asCaller(body)
    }
}
