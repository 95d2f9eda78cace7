extension ComputeBackend {
    /// Runs `body`, work of many operations, as one of the callers that share the backend's threads.
    package func asCaller<Result>(_ body: () throws -> Result) rethrows -> Result {
        guard let workerPool else { return try body() }
        return try workerPool.asCaller(body)
    }
}
