/// The times of passes over a batch.
struct PassTimes {
    private var sorted: [Duration]
    private let shape: BenchmarkShape

    /// - Parameter times: At least one time.
    init(_ times: [Duration], of shape: BenchmarkShape) {
        sorted = times.sorted()
        self.shape = shape
    }

    /// The number of passes.
    var count: Int { sorted.count }

    /// Returns the percentile of the times in seconds, using the nearest-rank method.
    func percentile(_ share: Double) -> Double {
        sorted[min(count, max(1, Int((share * Double(count)).rounded(.up)))) - 1] / .seconds(1)
    }

    /// The sequences per second of all callers, at the median.
    var sequencesPerSecond: Double { Double(shape.batch * shape.callers) / percentile(0.5) }

    /// The tokens per second of all callers, at the median.
    var tokensPerSecond: Double { Double(shape.tokensOfAll) / percentile(0.5) }
}
