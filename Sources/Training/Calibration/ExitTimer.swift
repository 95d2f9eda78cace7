import BertCore
public import BertModels
public import BertPipelines

/// Measures the time that exits save on this machine, in batches like those of a server or a job.
public struct ExitTimer: Sendable {
    private let classifier: TextClassifier
    private let batches: [PreparedRecords<PairedText>]
    private let tokens: Int
    private let options: TextOptions
    private let turns: Int
    private let now: @Sendable () -> ContinuousClock.Instant

    /// Prepares batches.
    ///
    /// - Parameters:
    ///   - classifier: The model.
    ///   - texts: At least one text. Batches are made in this order.
    ///   - batchSize: The number of texts in a batch.
    ///   - truncates: Whether to truncate texts that exceed the model's maximum length.
    ///   - time: The approximate time limit of ``seconds(of:)`` for as many policies as the model has layers. If a pass
    ///     is slow, fewer batches are measured, but at least one.
    /// - Throws: Errors of the pipeline.
    public init(
        _ classifier: TextClassifier, texts: [PairedText], batchSize: Int = 32, truncates: Bool = false,
        time: Duration = .seconds(15)
    ) throws {
        try self.init(classifier, texts: texts, batchSize: batchSize, truncates: truncates, time: time) { .now }
    }

    /// - Parameter now: Returns the current time.
    package init(
        _ classifier: TextClassifier, texts: [PairedText], batchSize: Int = 32, truncates: Bool = false,
        time: Duration = .seconds(15), now: @escaping @Sendable () -> ContinuousClock.Instant
    ) throws {
        self.classifier = classifier
        self.now = now
        options = TextOptions(truncates: truncates, tokenBudget: .max)
        let call = try classifier.call(policy: .never, options: options)
        let ranges = stride(from: 0, to: texts.count, by: batchSize).map { $0..<min(texts.count, $0 + batchSize) }
        // The last batch may be smaller. It is used only if it is the only one.
        let whole = ranges.filter { $0.count == batchSize }
        var chosen = try (whole.isEmpty ? ranges : whole).prefix(16).map { try call.prepare(Array(texts[$0])) }
        // The first pass allocates memory that later passes reuse.
        _ = try call.results(chosen[0])
        let start = now()
        _ = try call.results(chosen[0])
        let pass = now() - start
        let policies = classifier.layerCount + 1
        let affordable = Int(time / max(pass * policies, .nanoseconds(1)))
        turns = min(9, max(3, affordable / chosen.count))
        chosen = Array(chosen.prefix(max(1, affordable / turns)))
        batches = chosen
        tokens = chosen.reduce(0) { $0 + $1.tokenCounts.reduce(0) { $0 + ($1 ?? 0) } }
    }

    /// Returns the seconds per token of each policy, averaged over all batches. For each batch, the policies are
    /// measured in several rounds, and the median is used.
    public func seconds(of policies: [ExitPolicy]) throws -> [Double] {
        let calls = try policies.map { try classifier.call(policy: $0, options: options) }
        for call in calls { _ = try call.results(batches[0]) }
        var seconds = [Double](repeating: 0, count: policies.count)
        for batch in batches {
            var times = [[Double]](repeating: [], count: policies.count)
            for _ in 0..<turns {
                for (index, call) in calls.enumerated() {
                    let start = now()
                    _ = try call.results(batch)
                    times[index].append((now() - start) / .seconds(1))
                }
            }
            for index in seconds.indices { seconds[index] += times[index].sorted()[turns / 2] }
        }
        return seconds.map { $0 / Double(max(tokens, 1)) }
    }

    /// Measures the cost of each layer, including the off-ramps that a text passes.
    public func layerCosts() throws -> LayerCosts {
        let layers = classifier.layerCount
        // A score of 0 after each layer, and of 1 after the exit layer, so that every off-ramp is computed.
        let policies = (0..<layers).map { exit in
            let regressions = (0...exit).map { ExitScore.Layer(bias: $0 < exit ? -100 : 100, weights: []) }
            return ExitPolicy.score(
                ExitScore(
                    threshold: 0.5, features: [], layers: regressions + Array(repeating: nil, count: layers - exit - 1))
            )
        }
        let seconds = try self.seconds(of: policies + [.never])
        return LayerCosts(.seconds, toLeave: Array(seconds.dropLast()), whole: seconds[layers])
    }
}
