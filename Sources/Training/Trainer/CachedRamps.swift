import BertCore
import BertModels
import BertPipelines

/// DeeBERT's second training stage with a frozen encoder. The first tokens' hidden states of all examples are computed
/// once for each layer. The off-ramps are then trained on them like small dense networks.
final class CachedRamps {
    private let model: TrainableModel
    private let subject: TrainingSubject
    private let backend: any ComputeBackend
    private let teacher: TeacherModel?
    private let objective: Objective
    /// The dropout probability of a classifier's inputs.
    private let rate: Float
    private let seed: UInt64
    /// The indices of each off-ramp's parameters in the model: pooler weight and bias, classifier weight and bias.
    private let places: [[Int]]
    /// The hidden states of all examples for each layer.
    private var vectors: [[Float]] = []

    /// Returns nil if the model's trained parameters include more than those of the off-ramps, or the off-ramps read
    /// normalized states, which aren't hidden states.
    init?(
        _ model: TrainableModel, _ subject: TrainingSubject, _ arguments: TrainingArguments,
        _ backend: any ComputeBackend, _ teacher: TeacherModel?, _ observer: (TrainingEvent) throws -> Void
    ) throws {
        let layers = subject.config.numHiddenLayers - 1
        let names = model.parameters.map(\.name)
        let places: [[Int]] = (0..<layers).map { layer in
            ["pooler.dense.weight", "pooler.dense.bias", "classifier.weight", "classifier.bias"].compactMap { part in
                names.firstIndex { $0.hasSuffix("encoder.highway.\(layer).\(part)") }
            }
        }
        guard subject.task == .classification || subject.task == .regression, layers > 0,
            places.allSatisfy({ $0.count == 4 }), names.allSatisfy({ $0.contains("highway") }), arguments.freeze == nil,
            !subject.modelType.family.hasFinalNorm(subject.config)
        else { return nil }
        self.model = model
        self.subject = subject
        self.backend = backend
        self.teacher = teacher
        self.places = places
        rate = Float(subject.config.classifierDropout ?? subject.config.hiddenDropoutProb)
        seed = arguments.seed
        objective = try Trainer.objective(.stage2, 0, hasExits: true, subject, arguments)
        try observer(
            .preparing(
                "computing the first tokens of \(subject.training.examples.count) examples after \(layers) layers"))
        vectors = try firstTokens(layers)
    }

    private func firstTokens(_ layers: Int) throws -> [[Float]] {
        let evaluator = try Evaluator(model.model(), hasTokenTypes: subject.hasTokenTypes)
        let examples = subject.training.examples
        let width = subject.config.hiddenSize
        guard let classifier = evaluator.model as? any EarlyExitClassifier else { return [] }
        var vectors = [[Float]](
            repeating: [Float](repeating: 0, count: examples.count * width), count: layers)
        for batch in evaluator.batches(examples.map(\.tokenCount)) {
            try Cancellation.check()
            let input = evaluator.input(batch.map { examples[$0].sequences[0] })
            let states = try classifier.forward(
                input, labels: nil, exits: EarlyExitOptions(policy: .never), options: ForwardOptions(hiddenStates: true)
            ).states
            let firsts = try backend.indices(states.sequences.ranges.map { Int32($0.lowerBound) })
            for layer in 0..<layers {
                guard let hidden = states.hiddenStates?[layer + 1] else { continue }
                let rows = try backend.floats(backend.gatherRows(hidden, indices: firsts))
                for (row, place) in batch.enumerated() {
                    vectors[layer].replaceSubrange(
                        place * width..<(place + 1) * width, with: rows[row * width..<(row + 1) * width])
                }
            }
        }
        return vectors
    }

    func gradients(step: Int, _ batches: [ArraySlice<Int>]) throws -> StepGradients {
        var result = StepGradients()
        result.divisor = Double(batches.count)
        for indices in batches {
            let tape = DifferentiatingBackend(base: backend)
            let leaves = try model.values.map { try tape.track($0) }
            var seeds: [(output: Tensor, gradient: Tensor)] = []
            let labels = try TrainingBatch(
                subject.training, indices, hasTokenTypes: false, masking: nil, round: 0)
            result.tokens += labels.tokenCount
            guard case .sequences(let targets)? = labels.target else { continue }
            let teacher = try teacher?.logits(of: indices)
            for (layer, places) in places.enumerated() {
                let width = subject.config.hiddenSize
                var rows: [Float] = []
                rows.reserveCapacity(indices.count * width)
                for index in indices { rows += vectors[layer][index * width..<(index + 1) * width] }
                let x = try backend.constant(rows, shape: [indices.count, width])
                let pooled = try tape.linear(
                    x, tape.prepareLinear(weight: leaves[places[0]], bias: leaves[places[1]]), activation: .tanh,
                    residual: nil)
                let read =
                    rate > 0
                    ? try tape.dropout(
                        pooled, Dropout(rate: rate, seed: seed, step: UInt32(step), site: UInt32(layer))) : pooled
                let logits = try tape.linear(
                    read, tape.prepareLinear(weight: leaves[places[2]], bias: leaves[places[3]]), activation: nil,
                    residual: nil)
                let loss = try objective.exitLoss(backend: tape, logits, targets, subject.config, teacher: teacher)
                result.loss += loss.value
                seeds.append(
                    (logits, try backend.constant(loss.gradient.map(Float.init), shape: logits.shape)))
            }
            try result.add(tape.gradients(from: seeds, of: leaves), on: backend)
        }
        result.loss /= result.divisor
        return result
    }
}

extension Objective {
    /// Computes the loss of an off-ramp's logits.
    func exitLoss(
        backend: any ComputeBackend, _ logits: Tensor, _ labels: SequenceLabels, _ config: BertConfig,
        teacher: [Float]?
    ) throws -> LossGradient {
        let values = try backend.floats(logits)
        let loss = try LossGradient.exit(values, labels, config, smoothing: labelSmoothing)
        guard let teacher else { return loss }
        let soft = try LossGradient.distillation(
            values, classes: config.numLabels, teacher: teacher, temperature: distillation.temperature)
        return distillation.alpha * loss + (1 - distillation.alpha) * soft
    }
}
