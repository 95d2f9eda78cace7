import BertCore
import BertModels
import BertPipelines
import BertTokenizers

extension Trainer {
    /// Creates a training stage with the given initial parameters.
    static func session(
        _ store: ParameterStore, _ stage: TrainingArguments.ExitTraining, _ subject: TrainingSubject,
        _ arguments: TrainingArguments, _ backend: any ComputeBackend, _ teacher: TeacherModel?,
        _ loss: Loss?, _ observer: (TrainingEvent) throws -> Void
    ) throws -> TrainingSession {
        let hasExits = subject.modelType is any EarlyExitClassifier.Type
        if !hasExits, arguments.exitTraining != .joint {
            throw BertError(
                .invalidArgument, "\(subject.modelType.modelName) has no off-ramps to train", key: "--exit-training")
        }
        if stage == .stage2, subject.config.numHiddenLayers == 1 {
            throw BertError(
                .invalidArgument,
                "\(stage.rawValue) trains all off-ramps but the last, and a model of one layer has no other; train it jointly",
                key: "--exit-training")
        }
        let pattern = try arguments.freeze.map { try ParameterPattern($0) }
        try pattern?.check(against: store.names)
        let exits: Objective.ExitTraining? =
            switch stage {
            case .stage1: .stage1
            case .stage2: .stage2
            case .joint, .alternating, .twoStage: nil
            }
        let model = try TrainableModel(
            subject.modelType, subject.config, store, on: backend, frozenPrecision: arguments.frozenPrecision
        ) { name in
            pattern?.matches(name) == true || exits?.trains(name) == false
        }
        var options = AdamWOptimizer.Options()
        options.beta1 = arguments.adamBeta1
        options.beta2 = arguments.adamBeta2
        options.epsilon = arguments.adamEpsilon
        options.weightDecay = arguments.weightDecay
        let optimizer = try AdamWOptimizer(
            shapes: model.parameters.map(\.shape), decays: model.parameters.map { DecayRule.decays($0.name) },
            options: options, on: backend)
        if stage == .stage2, loss == nil,
            let ramps = try CachedRamps(model, subject, arguments, backend, teacher, observer)
        {
            return TrainingSession(model, optimizer) { step, batches, _ in
                try ramps.gradients(step: step, batches)
            }
        }
        let masking = subject.masking(seed: arguments.seed, probability: arguments.mlmProbability)
        let hasTokenTypes = subject.hasTokenTypes
        return TrainingSession(model, optimizer) { step, batches, epoch in
            let objective = try objective(stage, step, hasExits: hasExits, subject, arguments)
            var result = StepGradients()
            var weights = 0.0
            for (number, indices) in batches.enumerated() {
                let batch = try TrainingBatch(
                    subject.training, indices, hasTokenTypes: hasTokenTypes, masking: masking, round: epoch)
                result.tokens += batch.tokenCount
                if let size = arguments.cachedRows(of: subject.task), size < indices.count {
                    let made = try cachedGradients(
                        model, subject, objective, arguments, batch, indices, size, step, number)
                    weights += 1
                    result.loss += made.loss
                    try result.add(made.gradients, on: backend)
                    continue
                }
                let made = try model.differentiate { model in
                    let outcome =
                        if let loss, let target = batch.target {
                            try loss(model, batch.columns[0], target)
                        } else {
                            try Self.outcome(
                                model, batch, objective, teacher?.logits(of: indices),
                                passOptions(arguments, batch, step: step, pass: number * batch.columns.count))
                        }
                    return (outcome.seeds, outcome.loss)
                }
                if arguments.lossReduction == .tokens, batches.count > 1 {
                    let weight = Double(batch.labelCount)
                    weights += weight
                    result.loss += weight * made.result
                    let factor = try backend.constant(Float(weight))
                    try result.add(
                        made.gradients.map { try $0.map { try backend.binary(.multiply, $0, factor) } }, on: backend)
                } else {
                    weights += 1
                    result.loss += made.result
                    try result.add(made.gradients, on: backend)
                }
            }
            result.divisor = weights
            result.loss /= weights
            return result
        }
    }

    /// The gradients of a batch of embeddings by gradient caching, in mini-batches of `size` rows.
    private static func cachedGradients(
        _ model: TrainableModel, _ subject: TrainingSubject, _ objective: Objective, _ arguments: TrainingArguments,
        _ batch: TrainingBatch, _ indices: ArraySlice<Int>, _ size: Int, _ step: Int, _ number: Int
    ) throws -> (gradients: [Tensor?], loss: Double) {
        let parts = try stride(from: indices.startIndex, to: indices.endIndex, by: size).map { start in
            try TrainingBatch(
                subject.training, indices[start..<min(start + size, indices.endIndex)],
                hasTokenTypes: subject.hasTokenTypes, masking: nil, round: 0
            ).columns
        }
        let columns = batch.columns.count
        return try model.cachedGradients(objective, parts, scores: batch.scores) { part in
            passOptions(arguments, batch, step: step, pass: (number * parts.count + part) * columns)
        }
    }

    /// Returns the loss that a step of a stage minimizes.
    static func objective(
        _ stage: TrainingArguments.ExitTraining, _ step: Int, hasExits: Bool, _ subject: TrainingSubject,
        _ arguments: TrainingArguments
    ) throws -> Objective {
        // If the classifiers share their pooler, only the sum over all of them is used.
        let hasFinalClassifier = try subject.modelType.parameterSpecs(subject.config)
            .contains { $0.name == "classifier.weight" }
        let exits: Objective.ExitTraining? =
            switch stage {
            case _ where !hasExits: nil
            case .joint, .twoStage: hasFinalClassifier ? .weighted : nil
            case .alternating: step.isMultiple(of: 2) ? .stage1 : .joint
            case .stage1: .stage1
            case .stage2: .stage2
            }
        var objective = Objective(
            exitTraining: exits,
            distillation: Objective.Distillation(
                alpha: arguments.distillationAlpha, temperature: arguments.distillationTemperature),
            labelSmoothing: arguments.labelSmoothingFactor)
        objective.pooling = subject.pooling
        if subject.task == .embedding {
            objective.embeddingLoss = try EmbeddingLoss(named: arguments.embeddingLoss, for: subject.training)
        }
        return objective
    }

    /// Returns the options of a batch's forward pass in a step: dropout, and what is stored for the backward pass.
    ///
    /// - Parameter pass: The number of the batch's first pass in the step.
    private static func passOptions(
        _ arguments: TrainingArguments, _ batch: TrainingBatch, step: Int, pass: Int
    ) -> ForwardOptions {
        ForwardOptions(
            rows: batch.rows,
            dropout: StepDropout(
                seed: arguments.seed, step: UInt32(truncatingIfNeeded: step), pass: UInt32(truncatingIfNeeded: pass)),
            checkpointsLayers: arguments.gradientCheckpointing)
    }

    /// Runs a model on a batch.
    private static func outcome(
        _ model: any BertPreTrainedModel, _ batch: TrainingBatch, _ objective: Objective, _ teacher: [Float]?,
        _ options: ForwardOptions
    ) throws -> ObjectiveOutcome {
        guard let target = batch.target else {
            var options = options
            options.rows = .all
            return try objective.vectors(model, batch.columns, scores: batch.scores, options: options)
        }
        return try objective(model, batch.columns[0], target, teacher: teacher, options: options)
    }
}

extension EmbeddingLoss {
    /// The names of the losses.
    static let names = [
        "multiple-negatives-ranking", "cached-multiple-negatives-ranking", "cosine-similarity", "cosent", "triplet",
        "margin-mse",
    ]

    /// Creates the loss with a name of ``names`` or its abbreviation. The default is `cosine-similarity` for data with
    /// scores, and `multiple-negatives-ranking` for other data.
    ///
    /// - Throws: `BertError` with code `unknownName`; `invalidArgument` if the data has other columns than the loss
    ///   needs.
    init(named name: String?, for data: TrainingData) throws {
        let hasScores = data.isLabelled
        switch name?.lowercased() {
        case nil: self = hasScores ? .cosineSimilarity : .multipleNegativesRanking()
        case "multiple-negatives-ranking", "mnrl", "cached-multiple-negatives-ranking", "cached-mnrl":
            self = .multipleNegativesRanking()
        case "cosine-similarity": self = .cosineSimilarity
        case "cosent": self = .coSENT()
        case "triplet": self = .triplet()
        case "margin-mse": self = .marginMSE
        case let other?:
            throw BertError(
                .unknownName, "use one of \(Self.names.joined(separator: ", "))", key: "--loss", value: .string(other),
                choices: Self.names)
        }
        let columns = data.examples.first?.sequences.count ?? 0
        guard self.columns.contains(columns) else {
            throw BertError(
                .invalidArgument,
                "\(name ?? "the loss") requires \(self.columns.lowerBound) texts; the data has \(columns)",
                key: "--loss")
        }
        guard takesScores == hasScores else {
            throw BertError(
                .invalidArgument,
                takesScores
                    ? "\(name ?? "the loss") requires scores, but the data has no score column"
                    : "\(name ?? "it") doesn't support scores, but the data has a score column",
                key: "--loss")
        }
    }
}

extension TrainingSubject {
    /// Returns the masking of tokens, or nil without a mask token.
    func masking(seed: UInt64, probability: Double) -> Masking? {
        maskToken.map {
            Masking(mask: $0, vocabularySize: config.vocabSize, seed: seed, probability: probability)
        }
    }
}
