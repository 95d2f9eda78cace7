public import BertCore
import BertLocks

/// A sequence classifier with early exit.
public protocol EarlyExitClassifier: SequenceClassificationModel {
    /// The default exit rule: the checkpoint's ``BertConfig/exitPolicy`` unless a class overrides it. A dummy throws
    /// its ``BackendUnavailableError``.
    var exitRule: any ExitRule { get throws }

    /// Computes the logits of each sequence, and the layer after which it exited.
    ///
    /// - Throws: ``BertError`` with code `invalidInput` or `invalidArgument`; errors of the backend; the
    ///   ``BackendUnavailableError`` of a dummy.
    func forward(
        _ input: ModelInput, labels: SequenceLabels?, exits: EarlyExitOptions, options: ForwardOptions
    ) throws -> EarlyExitClassifierOutput

    /// Computes the logits of all off-ramps and of the final classifier, `[sequences, labels]` each, without early
    /// exit.
    ///
    /// Results aren't downloaded from the backend. Used for training.
    ///
    /// - Parameters:
    ///   - input: The sequences of a batch.
    ///   - offRamps: The indices of the off-ramps to compute; nil for all.
    ///   - options: The states to return.
    /// - Throws: ``BertError`` with code `invalidInput`; errors of the backend; the ``BackendUnavailableError`` of a
    ///   dummy.
    func allLogits(
        _ input: ModelInput, offRamps: Set<Int>?, options: ForwardOptions
    ) throws -> (offRamps: [Int: Tensor], final: Tensor)
}

extension EarlyExitClassifier {
    public var exitRule: any ExitRule {
        get throws {
            let config = try config
            return try config.exitPolicy.rule(layers: config.numHiddenLayers)
        }
    }

    /// Computes the logits of each sequence, and the layer after which it exited. The sequences of a batch exit
    /// independently.
    ///
    /// - Parameters:
    ///   - input: The sequences of a batch.
    ///   - policy: The exit policy; nil to use the checkpoint's own.
    ///   - offRamps: Whether to return the outputs of every off-ramp that was reached.
    /// - Throws: Errors of ``forward(_:labels:exits:options:)``.
    public func classify(
        _ input: ModelInput, policy: ExitPolicy? = nil, offRamps: Bool = false
    ) throws -> EarlyExitClassifierOutput {
        try forward(
            input, labels: nil, exits: EarlyExitOptions(policy: policy, offRamps: offRamps), options: ForwardOptions())
    }
}

extension EarlyExitClassifier where Self: ComposedModel, Head: OffRampHead {
    public func forward(
        _ input: ModelInput, labels: SequenceLabels? = nil, exits: EarlyExitOptions,
        options: ForwardOptions = ForwardOptions()
    ) throws -> EarlyExitClassifierOutput {
        let rules = try exits.rules(layers: config.numHiddenLayers, sequences: input.lengths.count) { try exitRule }
        // The parts of a batch run concurrently.
        let follower = ForkSafeMutex(
            EarlyExitRun(rules, tokens: input.seenTokenCounts, exits, layerCount: config.numHiddenLayers))
        let run = try parts.trunk(
            input, options, rows: .first, isDivisible: !exits.together
        ) { layer, state in
            guard follower.withLock({ $0.needsOffRamp(after: layer, alive: state.alive) }) else { return [] }
            let first = try parts.trunk.normalized(state.firstTokens(on: backend))
            let answer = try parts.head.offRamp(after: layer, first, on: backend)
            let (pooledRows, logitRows) = (exits.offRamps ? try rows(answer.pooled) : nil, try rows(answer.logits))
            return follower.withLock {
                $0.pass(layer, logits: logitRows, pooled: pooledRows, alive: state.alive)
            }
        } mayLeave: { layer, alive in
            follower.withLock { $0.mayLeave(after: layer, alive: alive) }
        }
        if !run.state.alive.isEmpty {
            let logitRows = try rows(parts.head.final(run.firstTokens(), on: backend).logits)
            follower.withLock { $0.finish(logits: logitRows, alive: run.state.alive) }
        }
        return try follower.withLock { $0 }.output(config, labels: labels, states: run.states, on: backend)
    }

    public func allLogits(
        _ input: ModelInput, offRamps: Set<Int>? = nil, options: ForwardOptions = ForwardOptions()
    ) throws -> (offRamps: [Int: Tensor], final: Tensor) {
        let states = ForkSafeMutex<[Int: Tensor]>([:])
        let run = try parts.trunk(input, options, rows: .first, isDivisible: false) { layer, state in
            if offRamps?.contains(layer) != false {
                let first = try parts.trunk.normalized(state.firstTokens(on: backend))
                states.withLock { $0[layer] = first }
            }
            return []
        }
        var logits: [Int: Tensor] = [:]
        for (layer, first) in states.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            logits[layer] = try parts.head.offRamp(
                after: layer, first, on: backend, dropout: run.dropout?.inner(layer + 1)
            ).logits
        }
        return (logits, try parts.head.final(run.firstTokens(), on: backend, dropout: run.dropout).logits)
    }

    /// Computes the logits with the default exit rule.
    public func forward(
        _ input: ModelInput, labels: SequenceLabels? = nil, options: ForwardOptions = ForwardOptions()
    ) throws -> SequenceClassifierOutput {
        let output = try forward(input, labels: labels, exits: EarlyExitOptions(), options: options)
        return SequenceClassifierOutput(loss: output.loss, logits: output.logits, states: output.states)
    }

    private func rows(_ tensor: Tensor) throws -> [[Float]] {
        let values = try backend.floats(tensor)
        let width = tensor.shape.lastLength
        return (0..<tensor.shape.rowCount).map { Array(values[$0 * width..<($0 + 1) * width]) }
    }
}

extension Dummy: EarlyExitClassifier where Model: EarlyExitClassifier {
    /// Always throws ``Dummy/error``.
    public func forward(
        _ input: ModelInput, labels: SequenceLabels?, exits: EarlyExitOptions, options: ForwardOptions
    ) throws -> EarlyExitClassifierOutput {
        throw error
    }

    /// Always throws ``Dummy/error``.
    public func allLogits(
        _ input: ModelInput, offRamps: Set<Int>?, options: ForwardOptions
    ) throws -> (offRamps: [Int: Tensor], final: Tensor) {
        throw error
    }
}
