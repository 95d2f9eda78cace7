import Bert

/// A benchmark that measures passes of a model on several backends in turn, within a given time.
struct ModelBenchmark {
    let config: BertConfig
    private(set) var subjects: [BenchmarkSubject]
    private let files: ModelFiles
    /// The number of turns that each backend has for a shape. Other activity on the machine then affects all backends
    /// equally.
    private static let turns = 10

    /// Loads the model on each backend.
    ///
    /// - Throws: `BertError` with the file, the key and the fix.
    init(_ files: ModelFiles, on backends: [any ComputeBackend]) throws {
        self.files = files
        config = try BertConfig(files)
        subjects = try backends.map { try BenchmarkSubject(files, on: $0) }
    }

    /// Measures all shapes, starting with the smallest, and traces the largest batch with one caller.
    ///
    /// Shapes that would take longer than their share of the time are skipped, except for the smallest shape.
    ///
    /// - Throws: `BertError` with code `invalidInput` if a shape is too long for the model; errors of the backends.
    mutating func run(_ shapes: [BenchmarkShape], for time: Duration) throws {
        let clock = ContinuousClock()
        let end = clock.now + time
        for (index, shape) in shapes.sorted(by: { $0.tokensOfAll < $1.tokensOfAll }).enumerated() {
            // The trace takes one additional share.
            let parts = (shapes.count - index + 1) * subjects.count
            try measure(shape, for: max(.zero, end - clock.now) / parts)
        }
        for index in subjects.indices {
            let workers = WorkerPool(threads: subjects[index].backend.info.threads)
            try subjects[index].trace(files, for: max(.zero, end - clock.now) / (subjects.count - index), on: workers)
        }
    }

    /// - Parameter time: The time for each backend.
    /// - Throws: `BertError` with code `outOfMemory` if the system has no threads for the callers.
    private mutating func measure(_ shape: BenchmarkShape, for time: Duration) throws {
        let input = shape.input(config)
        // A pool that isn't used by the backends.
        let callers = WorkerPool(threads: shape.callers, spins: 0)
        guard callers.threads == shape.callers else {
            throw BertError(
                .outOfMemory, "the system can only create \(callers.threads) threads for \(shape.callers) callers")
        }
        var times = [[Duration]](repeating: [], count: subjects.count)
        // The first pass over a shape allocates memory that later passes reuse, so it isn't counted. At least one pass
        // is counted.
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
