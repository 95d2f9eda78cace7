import BertCore

/// Follows each sequence of a batch through an encoder until it leaves.
struct EarlyExitRun {
    private let policy: ExitPolicy
    private let layerCount: Int
    private var decisions: [ExitDecision]
    private var left: [(logits: [Float], layer: Int, byOffRamp: Bool)?]
    private var offRamps: [[OffRampOutput]]?

    init(_ policy: ExitPolicy, layerCount: Int, sequences: Int, collectingOffRamps: Bool) throws {
        try policy.check(layers: layerCount)
        self.policy = policy
        self.layerCount = layerCount
        decisions = Array(repeating: ExitDecision(policy), count: sequences)
        left = Array(repeating: nil, count: sequences)
        offRamps = collectingOffRamps ? Array(repeating: [], count: sequences) : nil
    }

    /// Whether the off-ramp after a layer (counted from 0) has to be computed at all.
    func needsOffRamp(after layer: Int) -> Bool {
        if offRamps != nil { return true }
        switch policy {
        case .never: return false
        case .patience(let patience, _): return patience > 0
        case .fixedLayer(let number): return layer + 1 == number
        case .entropy, .entropyPatience, .confidence: return true
        }
    }

    /// Takes the off-ramp's logits of the sequences still there; says which of them leave.
    mutating func pass(_ layer: Int, logits: [[Float]], alive: [Int]) -> [Bool] {
        zip(alive, logits).map { sequence, logits in
            offRamps?[sequence].append(OffRampOutput(logits: logits, entropy: entropy(logits)))
            guard decisions[sequence].leaves(after: layer, logits: logits) else { return false }
            left[sequence] = (logits, layer + 1, true)
            return true
        }
    }

    /// Takes the final head's logits of the sequences that went all the way.
    mutating func finish(logits: [[Float]], alive: [Int]) {
        for (sequence, logits) in zip(alive, logits) { left[sequence] = (logits, layerCount, false) }
    }

    func output(labels: Int, on backend: any ComputeBackend) throws -> EarlyExitClassifierOutput {
        let results = left.compactMap { $0 }
        return EarlyExitClassifierOutput(
            logits: try backend.constant(results.flatMap(\.logits), shape: [results.count, labels]),
            exitLayer: results.map(\.layer), exitedFromOffRamp: results.map(\.byOffRamp), offRamps: offRamps,
            layerCount: layerCount)
    }
}
