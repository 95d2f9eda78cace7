import BertCore
public import BertModels
public import BertPipelines

/// Measures what exits save on this machine, in batches as a server or a job has them.
public struct ExitTimer: Sendable {
    private let classifier: TextClassifier
    private let batches: [PreparedRecords<PairedText>]
    private let tokens: Int
    private let options: TextOptions
    private let turns: Int

    /// Prepares batches.
    ///
    /// - Parameters:
    ///   - classifier: the model.
    ///   - texts: in the order in which they make batches; at least one.
    ///   - batchSize: texts at a time.
    ///   - truncates: whether texts over the model's maximum are cut.
    ///   - time: about how long ``seconds(of:)`` may take for so many policies as the model has layers: fewer batches are
    ///     measured where a pass takes long, at least one.
    /// - Throws: what the pipeline throws.
    public init(
        _ classifier: TextClassifier, texts: [PairedText], batchSize: Int = 32, truncates: Bool = false,
        time: Duration = .seconds(15)
    ) throws {
        self.classifier = classifier
        options = TextOptions(truncates: truncates, tokenBudget: .max)
        let call = try classifier.call(policy: .never, options: options)
        let ranges = stride(from: 0, to: texts.count, by: batchSize).map { $0..<min(texts.count, $0 + batchSize) }
        // The last batch may be short; alone it is all there is.
        let whole = ranges.filter { $0.count == batchSize }
        var chosen = try (whole.isEmpty ? ranges : whole).prefix(16).map { try call.prepare(Array(texts[$0])) }
        // The first pass makes what later ones find.
        _ = try call.results(chosen[0])
        let pass = try ContinuousClock().measure { _ = try call.results(chosen[0]) }
        let policies = classifier.layerCount + 1
        let affordable = Int(time / max(pass * policies, .nanoseconds(1)))
        turns = min(9, max(3, affordable / chosen.count))
        chosen = Array(chosen.prefix(max(1, affordable / turns)))
        batches = chosen
        tokens = chosen.reduce(0) { $0 + $1.tokenCounts.reduce(0) { $0 + ($1 ?? 0) } }
    }

    /// The seconds that policies take for a token, in the mean over all batches: of each batch the median of several turns, in
    /// which the policies take turns.
    public func seconds(of policies: [ExitPolicy]) throws -> [Double] {
        let calls = try policies.map { try classifier.call(policy: $0, options: options) }
        for call in calls { _ = try call.results(batches[0]) }
        let clock = ContinuousClock()
        var seconds = [Double](repeating: 0, count: policies.count)
        for batch in batches {
            var times = [[Double]](repeating: [], count: policies.count)
            for _ in 0..<turns {
                for (index, call) in calls.enumerated() {
                    times[index].append(try clock.measure { _ = try call.results(batch) } / .seconds(1))
                }
            }
            for index in seconds.indices { seconds[index] += times[index].sorted()[turns / 2] }
        }
        return seconds.map { $0 / Double(max(tokens, 1)) }
    }

    /// What each layer costs, the off-ramps that a text passes included.
    public func layerCosts() throws -> LayerCosts {
        let layers = classifier.layerCount
        // A score of 0 after each layer, and of 1 after the one that all leave by: every off-ramp is computed.
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
