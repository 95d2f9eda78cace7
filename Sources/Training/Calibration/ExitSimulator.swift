import BertModels

/// Evaluates many policies on the same texts. The outputs of off-ramps are processed only once.
struct ExitSimulator {
    let data: ExitData
    /// The highest probability of each off-ramp, `[layers][texts]`.
    private var confidences: [[Float]]?
    /// The most recent score without its threshold, and its values, `[layers][texts]`.
    private var scored: (score: ExitScore, probabilities: [[Double]])?

    init(_ data: ExitData) { self.data = data }

    /// Returns the outcome of a policy, like ``ExitData/outcome(of:)``.
    mutating func outcome(of policy: ExitPolicy) throws -> ExitOutcome {
        let layers = data.layerCount
        try policy.check(layers: layers)
        func first(_ leaves: (_ layer: Int, _ text: Int) -> Bool) -> ExitOutcome {
            ExitOutcome(
                data.texts.indices.map { text in (0..<layers).first { leaves($0, text) } ?? layers }, of: data)
        }
        switch policy {
        case .never: return first { _, _ in false }
        case .fixedLayer(let number): return first { layer, _ in layer + 1 == number }
        case .entropy(let thresholds):
            return first { layer, text in
                data.entropies[layer][text] < (thresholds.count == 1 ? thresholds[0] : thresholds[layer])
            }
        case .confidence(let confidence):
            let confidences =
                self.confidences
                ?? (0..<layers).map { layer in data.texts.map { Float(softmax($0.offRamps[layer]).max() ?? 0) } }
            self.confidences = confidences
            return first { layer, text in confidences[layer][text] > confidence }
        case .score(var score):
            let threshold = score.threshold
            score.threshold = 0
            if scored?.score != score {
                scored = (
                    score,
                    (0..<layers).map { layer in
                        data.texts.indices.map { score.probability(of: $0, after: layer, in: data) }
                    }
                )
            }
            let probabilities = scored?.probabilities ?? []
            return first { layer, text in score.layers[layer] != nil && probabilities[layer][text] > threshold }
        case .patience(let patience, _):
            return streaks(of: patience) { layer, text in
                layer > 0 && data.answers[layer][text] == data.answers[layer - 1][text]
            }
        case .entropyPatience(let threshold, let count):
            return streaks(of: count) { layer, text in data.entropies[layer][text] < threshold }
        }
    }

    /// Returns the outcome of exiting after a condition holds for a number of consecutive layers. Texts never exit if
    /// the number is 0.
    private func streaks(of count: Int, _ holds: (_ layer: Int, _ text: Int) -> Bool) -> ExitOutcome {
        let exits = data.texts.indices.map { text -> Int in
            var streak = 0
            for layer in 0..<data.layerCount {
                streak = holds(layer, text) ? streak + 1 : 0
                if count > 0, streak >= count { return layer }
            }
            return data.layerCount
        }
        return ExitOutcome(exits, of: data)
    }
}
