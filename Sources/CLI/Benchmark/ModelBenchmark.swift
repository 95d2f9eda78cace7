import Bert

/// Times passes of a model on several backends, in turn, in about as long as one gives it.
struct ModelBenchmark {
    let config: BertConfig
    private(set) var subjects: [BenchmarkSubject]
    private let files: ModelFiles
    /// So often each backend has its turn at a shape: what else the machine does then meets all of them.
    private static let turns = 10

    /// Loads the model on each backend.
    ///
    /// - Throws: `BertError` with the file, the key and the fix.
    init(_ files: ModelFiles, on backends: [any ComputeBackend]) throws {
        self.files = files
        config = try BertConfig(files)
        subjects = try backends.map { try BenchmarkSubject(files, on: $0) }
    }

    /// Times all shapes, the small ones first, and traces the largest batch, of one caller.
    ///
    /// What would take longer than its share of the time is left out, except for the smallest shape.
    ///
    /// - Throws: `BertError` with code `invalidInput` if a shape is too long for the model; what the backends throw.
    mutating func run(_ shapes: [BenchmarkShape], for time: Duration) throws {
        let clock = ContinuousClock()
        let end = clock.now + time
        for (index, shape) in shapes.sorted(by: { $0.tokensOfAll < $1.tokensOfAll }).enumerated() {
            // One more part for the trace.
            let parts = (shapes.count - index + 1) * subjects.count
            try measure(shape, for: max(.zero, end - clock.now) / parts)
        }
        for index in subjects.indices {
            let workers = WorkerPool(threads: subjects[index].backend.info.threads)
            try subjects[index].trace(files, for: max(.zero, end - clock.now) / (subjects.count - index), on: workers)
        }
    }

    /// - Parameter time: for each backend.
    /// - Throws: `BertError` with code `outOfMemory` if the system has no threads for the callers.
    private mutating func measure(_ shape: BenchmarkShape, for time: Duration) throws {
        let input = shape.input(config)
        // A pool that no backend uses.
        let callers = WorkerPool(threads: shape.callers, spins: 0)
        guard callers.threads == shape.callers else {
            throw BertError(
                .outOfMemory, "the system has \(callers.threads) threads, too few for \(shape.callers) callers")
        }
        var times = [[Duration]](repeating: [], count: subjects.count)
        // The first pass over a shape makes what later ones find; then one counts at least.
        let taking = subjects.indices.filter { subjects[$0].estimate(shape).map { $0 * 2 <= time } ?? true }
        for index in taking { _ = try subjects[index].passes(over: input, of: callers, for: .zero) }
        for turn in 1...Self.turns {
            for index in taking {
                let left = time * turn / Self.turns - times[index].reduce(.zero, +) / shape.callers
                if left > .zero || times[index].isEmpty {
                    times[index] += try subjects[index].passes(over: input, of: callers, for: left)
                }
            }
        }
        for index in subjects.indices { subjects[index].add(times[index], of: shape) }
    }
}
