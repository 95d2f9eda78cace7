#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension ExitPolicy {
    /// Returns the policy as a rule for a model with `layers` layers.
    ///
    /// - Throws: The errors of ``check(layers:)``.
    package func rule(layers: Int) throws -> any ExitRule {
        try check(layers: layers)
        return ExitDecision(self)
    }
}

/// The application of an ``ExitPolicy`` to one sequence, layer by layer.
struct ExitDecision: ExitRule {
    private let policy: ExitPolicy
    private var previous: [Float]?
    private var streak = 0
    private var tokens = 0

    init(_ policy: ExitPolicy) { self.policy = policy }

    mutating func begin(tokens: Int) { self.tokens = tokens }

    func needsOffRamp(after layer: Int) -> Bool {
        switch policy {
        case .never: false
        case .patience(let patience, _): patience > 0
        case .fixedLayer(let number): layer + 1 == number
        case .entropy(let thresholds): (thresholds.count == 1 ? thresholds[0] : thresholds[layer]) > 0
        // The next layer compares its output with this one.
        case .score(let score): score.layers[layer] != nil || score.layers.dropFirst(layer + 1).first??.weights != nil
        case .entropyPatience, .confidence: true
        }
    }

    func mayLeave(after layer: Int) -> Bool {
        switch policy {
        case .patience(let patience, _): patience > 0 && layer >= patience
        case .entropyPatience(_, let layers): layer + 1 >= layers
        case .score(let score): score.layers[layer] != nil
        case .never, .fixedLayer, .entropy, .confidence: needsOffRamp(after: layer)
        }
    }

    /// Returns whether the sequence exits after a layer (starting at 0) with the given logits.
    mutating func leaves(after layer: Int, logits: [Float]) -> Bool {
        switch policy {
        case .never: return false
        case .fixedLayer(let number): return layer + 1 >= number
        case .entropy(let thresholds):
            return entropy(logits) < (thresholds.count == 1 ? thresholds[0] : thresholds[layer])
        case .confidence(let confidence):
            return (softmax(logits).max() ?? 0) > Double(confidence)
        case .entropyPatience(let threshold, let layers):
            streak = entropy(logits) < threshold ? streak + 1 : 0
            return streak >= layers
        case .score(let score):
            defer { previous = logits }
            guard let regression = score.layers[layer], logits.count > 1 else { return false }
            let values = ExitScore.Feature.values(score.features, logits: logits, previous: previous, tokens: tokens)
            return regression.probability(values) > score.threshold
        case .patience(let patience, let threshold):
            defer { previous = logits }
            guard let previous, patience > 0 else { return false }
            let agrees =
                logits.count == 1
                ? (logits[0] - previous[0]).magnitude < threshold : argmax(logits) == argmax(previous)
            streak = agrees ? streak + 1 : 0
            return streak >= patience
        }
    }
}

/// Returns the index of the greatest element; the first one for ties.
package func argmax(_ values: [Float]) -> Int {
    var best = 0
    for index in values.indices where values[index] > values[best] { best = index }
    return best
}

/// Returns softmax(x), computed in double precision without overflow.
package func softmax(_ logits: [Float]) -> [Double] {
    let greatest = Double(logits.max() ?? 0)
    let exponentials = logits.map { exp(Double($0) - greatest) }
    let sum = exponentials.reduce(0, +)
    return exponentials.map { $0 / sum }
}

/// Returns the Shannon entropy of softmax(x) in nats: log Σ exp xⱼ − Σ softmax(x)ⱼ · xⱼ.
///
/// Doesn't overflow for finite x, unlike DeeBERT's own formula, which overflows beyond 88. Never negative.
package func entropy(_ logits: [Float]) -> Float {
    let greatest = Double(logits.max() ?? 0)
    let sum = logits.reduce(0) { $0 + exp(Double($1) - greatest) }
    let mean = zip(softmax(logits), logits).reduce(0) { $0 + $1.0 * (Double($1.1) - greatest) }
    let entropy = Float(log(sum) - mean)
    return entropy < 0 ? 0 : entropy
}
