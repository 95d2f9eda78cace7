import BertCore

/// The early-exit state of the sequences in a batch.
struct EarlyExitRun {
    private let together: Bool
    private let onExit: (@Sendable (SequenceExit) -> Void)?
    private let layerCount: Int
    private var rules: [any ExitRule]
    private var left: [(logits: [Float], layer: Int, byOffRamp: Bool)?]
    private var offRamps: [[OffRampOutput]]?

    /// Creates the state of a batch.
    ///
    /// - Parameters:
    ///   - rules: The rule of each sequence.
    ///   - tokens: The number of unmasked tokens in each sequence.
    init(_ rules: [any ExitRule], tokens: [Int], _ options: EarlyExitOptions, layerCount: Int) {
        self.layerCount = layerCount
        self.rules = rules
        for (index, tokens) in tokens.enumerated() { self.rules[index].begin(tokens: tokens) }
        together = options.together
        onExit = options.onExit
        left = Array(repeating: nil, count: rules.count)
        offRamps = options.offRamps ? Array(repeating: [], count: rules.count) : nil
    }

    /// Returns whether the off-ramp after a layer (starting at 0) must be computed for the active sequences.
    func needsOffRamp(after layer: Int, alive: [Int]) -> Bool {
        offRamps != nil || alive.contains { rules[$0].needsOffRamp(after: layer) }
    }

    /// Returns whether any of the active sequences may exit after a layer (starting at 0).
    func mayLeave(after layer: Int, alive: [Int]) -> Bool { alive.contains { rules[$0].mayLeave(after: layer) } }

    /// Processes the off-ramp outputs of the active sequences and returns which of them exit.
    mutating func pass(_ layer: Int, logits: [[Float]], pooled: [[Float]]?, alive: [Int]) -> [Bool] {
        var leaving = zip(alive, logits).map { rules[$0].leaves(after: layer, logits: $1) }
        if together, leaving.contains(false) { leaving = leaving.map { _ in false } }
        for (index, sequence) in alive.enumerated() {
            if let pooled {
                offRamps?[sequence].append(
                    OffRampOutput(logits: logits[index], entropy: entropy(logits[index]), pooled: pooled[index]))
            }
            guard leaving[index] else { continue }
            left[sequence] = (logits[index], layer + 1, true)
            onExit?(SequenceExit(sequence: sequence, logits: logits[index], layer: layer + 1))
        }
        return leaving
    }

    /// Processes the final logits of the sequences that didn't exit early.
    mutating func finish(logits: [[Float]], alive: [Int]) {
        for (sequence, logits) in zip(alive, logits) { left[sequence] = (logits, layerCount, false) }
    }

    func output(
        _ config: BertConfig, labels: SequenceLabels?, states: TrunkStates, on backend: any ComputeBackend
    ) throws -> EarlyExitClassifierOutput {
        let results = left.compactMap { $0 }
        let logits = results.flatMap(\.logits)
        return EarlyExitClassifierOutput(
            loss: try labels.map { try config.exitLoss(logits, $0) },
            logits: try backend.constant(logits, shape: [results.count, config.numLabels]),
            exitLayer: results.map(\.layer), exitedFromOffRamp: results.map(\.byOffRamp), offRamps: offRamps,
            offRampLosses: try labels.flatMap { try offRampLosses(config, $0) }, layerCount: layerCount,
            states: states)
    }

    /// Returns the loss of each off-ramp over the sequences that reached it.
    private func offRampLosses(_ config: BertConfig, _ labels: SequenceLabels) throws -> [Float]? {
        guard let offRamps else { return nil }
        return try (0..<(offRamps.map(\.count).max() ?? 0)).map { index in
            let passing = offRamps.indices.filter { offRamps[$0].indices.contains(index) }
            return try config.exitLoss(passing.flatMap { offRamps[$0][index].logits }, labels.of(passing))
        }
    }
}
