public import BertModels

/// What a policy does to texts.
public struct ExitOutcome: Sendable {
    /// The off-ramp that each text takes, counted from 0; the number of layers if it takes none.
    public let exits: [Int]
    /// How many texts lost the right answer by leaving: the whole model is right about them and the exit is wrong.
    /// Without labels: how many have another answer than the whole model's.
    public let lost: Int
    /// The share of texts with the right answer; nil without labels.
    public let accuracy: Double?
    /// ``accuracy`` minus the whole model's: below 0 if leaving costs answers.
    public let accuracyChange: Double?
    /// The share of texts with the whole model's answer.
    public let agreement: Double
    /// The mean of the layers after which texts leave, counted from 1.
    public let meanExitLayer: Double
    /// All layers of all tokens divided by those that are computed.
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

    /// What all tokens of the texts cost.
    func cost(_ data: ExitData, _ costs: LayerCosts) -> Double {
        zip(exits, data.texts).reduce(0) { $0 + costs($1.0) * Double($1.1.tokens) }
    }
}

extension ExitData {
    /// What a policy does to the texts.
    ///
    /// - Throws: ``BertError`` with code `invalidArgument` for one that the model can't have.
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
