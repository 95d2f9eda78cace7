/// How long passes over a batch took.
struct PassTimes {
    private var sorted: [Duration]
    private let shape: BenchmarkShape

    /// - Parameter times: at least one.
    init(_ times: [Duration], of shape: BenchmarkShape) {
        sorted = times.sorted()
        self.shape = shape
    }

    /// How many passes there were.
    var count: Int { sorted.count }

    /// The time in seconds that this share of the passes did not exceed (nearest rank).
    func percentile(_ share: Double) -> Double {
        sorted[min(count, max(1, Int((share * Double(count)).rounded(.up)))) - 1] / .seconds(1)
    }

    /// Sequences a second of all callers, at the median.
    var sequencesPerSecond: Double { Double(shape.batch * shape.callers) / percentile(0.5) }

    /// Tokens a second of all callers, at the median.
    var tokensPerSecond: Double { Double(shape.tokensOfAll) / percentile(0.5) }
}
