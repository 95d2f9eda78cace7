public import BertModels

/// The outcome of an exit policy on texts.
public struct ExitOutcome: Sendable {
    /// The off-ramp at which each text exits, counted from 0, or the number of layers if it takes none.
    public let exits: [Int]
    /// The number of texts that lose the correct answer by exiting: the whole model is correct and the off-ramp isn't.
    /// Without labels, this is the number of texts whose answer is different from the whole model's.
    public let lost: Int
    /// The share of texts with the correct answer, or nil without labels.
    public let accuracy: Double?
    /// The difference between ``accuracy`` and the whole model's accuracy. It is negative if early exits lose answers.
    public let accuracyChange: Double?
    /// The share of texts with the whole model's answer.
    public let agreement: Double
    /// The mean layer after which texts exit, counted from 1.
    public let meanExitLayer: Double
    /// The number of layers for all tokens divided by the number of computed layers.
    public let speedUpInLayers: Double

    init(_ exits: [Int], of data: ExitData) {
        self.exits = exits
        let layers = data.layerCount
        var (lost, right, whole, same, sum, tokens, all) = (0, 0, 0, 0, 0, 0, 0)
        for (index, exit) in exits.enumerated() {
            let (answer, own) = (data.answers[exit][index], data.answers[layers][index])
            let layer = min(exit + 1, layers)
            if data.isLost[exit][index] { lost += 1 }
            if answer == own { same += 1 }
            if answer == data.texts[index].label { right += 1 }
            if own == data.texts[index].label { whole += 1 }
            sum += layer
            tokens += layer * data.texts[index].tokens
            all += layers * data.texts[index].tokens
        }
        let count = Double(exits.count)
        self.lost = lost
        accuracy = data.isLabelled ? Double(right) / count : nil
        accuracyChange = data.isLabelled ? Double(right - whole) / count : nil
        agreement = Double(same) / count
        meanExitLayer = Double(sum) / count
        speedUpInLayers = Double(all) / Double(max(tokens, 1))
    }

    /// The share of texts in ``lost``.
    public var loss: Double { Double(lost) / Double(exits.count) }

    /// Returns the total cost of the tokens of all texts.
    func cost(_ data: ExitData, _ costs: LayerCosts) -> Double {
        zip(exits, data.texts).reduce(0) { $0 + costs($1.0) * Double($1.1.tokens) }
    }
}

extension ExitData {
    /// Returns the outcome of a policy on the texts.
    ///
    /// - Throws: ``BertError`` with code `invalidArgument` if the model doesn't support the policy.
    public func outcome(of policy: ExitPolicy) throws -> ExitOutcome {
        let rule = try policy.rule(layers: layerCount)
        return ExitOutcome(
            texts.map { text in
                var rule = rule
                rule.begin(tokens: text.tokens)
                return (0..<layerCount).first { layer in
                    rule.needsOffRamp(after: layer) && rule.leaves(after: layer, logits: text.offRamps[layer])
                } ?? layerCount
            }, of: self)
    }
}
