public import BertCore
public import BertModels

extension Objective {
    /// Runs a model on a batch, and computes its loss.
    ///
    /// - Parameters:
    ///   - model: A model whose backend records operations.
    ///   - input: The sequences of the batch.
    ///   - target: The expected output.
    ///   - teacher: The logits of a teacher with the same shape, in row-major order, for distillation.
    ///   - options: The rows and states to return.
    /// - Throws: ``BertCore/BertError`` with code `unsupported` for a class without such a loss; `invalidInput` for
    ///   invalid labels; errors of the backend.
    public func callAsFunction(
        _ model: any BertPreTrainedModel, _ input: ModelInput, _ target: TrainingTarget, teacher: [Float]? = nil,
        options: ForwardOptions = ForwardOptions()
    ) throws -> ObjectiveOutcome {
        guard exitTraining == nil || model is any EarlyExitClassifier else {
            throw BertError(
                .invalidArgument, "\(type(of: model).modelName) has no off-ramps to train", key: "exit-training")
        }
        switch (model, target) {
        case (let model as any EarlyExitClassifier, .sequences(let labels)):
            return try exits(model, input, labels, teacher: teacher, options)
        case (let model as any SequenceClassificationModel, .sequences(let labels)):
            return try sequences(model, input, labels, teacher: teacher, options)
        case (let model as any NextSentencePredictionModel, .sequences(let labels)):
            let logits = try model.forward(input, labels: nil, options: options).logits
            return try rows(
                logits, labels.classes(), classes: 2, teacher: teacher, layout: nil, on: model.backend)
        case (let model as any MultipleChoiceModel, .choices(let labels, let count)):
            let logits = try model.forward(input, choices: count, labels: nil, options: options).logits
            return try rows(logits, labels, classes: count, teacher: teacher, layout: nil, on: model.backend)
        case (let model as any TokenClassificationModel, .tokens(let labels)):
            let output = try model.forward(input, labels: nil, options: computingAll(options))
            return try rows(
                output.logits, labels, classes: model.config.numLabels, teacher: teacher, layout: output.layout,
                on: model.backend)
        case (let model as any MaskedLanguageModel, .tokens(let labels)):
            let output = try model.forward(input, labels: nil, options: computingAll(options))
            return try words(
                output.logits, labels, classes: model.config.vocabSize, teacher: teacher, layout: output.layout,
                on: model.backend)
        case (let model as any CausalLanguageModel, .tokens(let labels)):
            let output = try model.forward(input, labels: nil, options: computingAll(options))
            return try words(
                output.logits, Self.next(labels, in: output.sequences), classes: model.config.vocabSize,
                teacher: teacher, layout: output.layout, on: model.backend)
        case (let model as any ReplacedTokenDetectionModel, .tokens(let labels)):
            return try replacedTokens(model, input, labels, options)
        case (let model as any QuestionAnsweringModel, .spans(let answers)):
            return try spans(model, input, answers, options)
        case (let model as any PreTrainingModel, .pretraining(let words, let pairs)):
            return try pretraining(model, input, words: words, pairs: pairs, options)
        default:
            throw BertError(
                .unsupported,
                "\(type(of: model).modelName) doesn't support these labels; use a class with a head for them"
            )
        }
    }

    // MARK: Sequences

    private func sequences(
        _ model: any SequenceClassificationModel, _ input: ModelInput, _ labels: SequenceLabels, teacher: [Float]?,
        _ options: ForwardOptions
    ) throws -> ObjectiveOutcome {
        let (backend, config) = try (model.backend, model.config)
        let logits = try model.forward(input, labels: nil, options: options).logits
        let values = try backend.floats(logits)
        let loss = try LossGradient.sequences(values, labels, config, smoothing: labelSmoothing)
        var outcome = ObjectiveOutcome()
        try outcome.add(
            distilled(loss, values, classes: config.numLabels, teacher: teacher), of: logits, on: backend)
        outcome.add("logits", logits)
        return outcome
    }

    private func exits(
        _ model: any EarlyExitClassifier, _ input: ModelInput, _ labels: SequenceLabels, teacher: [Float]?,
        _ options: ForwardOptions
    ) throws -> ObjectiveOutcome {
        let (backend, config) = try (model.backend, model.config)
        let isPabee = try Self.sharesPooler(model)
        if isPabee, let exitTraining, exitTraining != .joint {
            throw BertError(
                .invalidArgument,
                """
                \(type(of: model).modelName) is trained in one stage, with the weighted sum of the losses of all classifiers; omit \
                \(exitTraining.rawValue)
                """, key: "exit-training", value: .string(exitTraining.rawValue))
        }
        let layers = config.numHiddenLayers
        let stage = exitTraining ?? .joint
        let wanted = !isPabee && stage == .stage1 ? [] : Set(0..<layers)
        let (offRamps, final) = try model.allLogits(input, offRamps: wanted, options: options)
        var outcome = ObjectiveOutcome()
        func add(_ logits: Tensor, weight: Double) throws {
            let values = try backend.floats(logits)
            let loss = try LossGradient.exit(values, labels, config, smoothing: labelSmoothing)
            try outcome.add(
                weight * distilled(loss, values, classes: config.numLabels, teacher: teacher), of: logits, on: backend)
        }
        if isPabee {
            // Σ i · lossᵢ / Σ i. The last classifier is the final one.
            let total = Double(layers * (layers + 1) / 2)
            for (layer, logits) in offRamps { try add(logits, weight: Double(layer + 1) / total) }
        } else {
            if stage != .stage2 { try add(final, weight: 1) }
            if stage == .weighted {
                let total = Double(layers * (layers + 1) / 2)
                for layer in 0..<layers {
                    if let logits = offRamps[layer] { try add(logits, weight: Double(layer + 1) / total) }
                }
            } else if stage != .stage1 {
                // The last off-ramp is excluded, as in the research code.
                for layer in 0..<layers - 1 { if let logits = offRamps[layer] { try add(logits, weight: 1) } }
            }
        }
        outcome.add("logits", final)
        for layer in 0..<layers { if let logits = offRamps[layer] { outcome.add("off_ramp_logits.\(layer)", logits) } }
        return outcome
    }

    /// Returns whether the classifiers of a model share their pooler, and the last one is the final classifier (PABEE).
    static func sharesPooler(_ model: any EarlyExitClassifier) throws -> Bool {
        try !type(of: model).parameterSpecs(model.config).contains { $0.name == "classifier.weight" }
    }

    // MARK: Tokens

    /// Returns options with which masked tokens are computed, because their labels are part of the loss.
    private func computingAll(_ options: ForwardOptions) -> ForwardOptions {
        var options = options
        if options.rows == .all { options.maskedTokens = true }
        return options
    }

    private func rows(
        _ logits: Tensor, _ labels: [Int32], classes: Int, teacher: [Float]?, layout: PaddedLayout?,
        on backend: any ComputeBackend
    ) throws -> ObjectiveOutcome {
        let values = try backend.floats(logits)
        let loss = try LossGradient.crossEntropy(
            values, classes: classes, labels: labels, smoothing: labelSmoothing)
        var outcome = ObjectiveOutcome()
        try outcome.add(distilled(loss, values, classes: classes, teacher: teacher), of: logits, on: backend)
        outcome.add("logits", logits, layout)
        return outcome
    }

    /// The loss over a vocabulary; computed on the backend unless there is a teacher.
    private func words(
        _ logits: Tensor, _ labels: [Int32], classes: Int, teacher: [Float]?, layout: PaddedLayout?,
        on backend: any ComputeBackend
    ) throws -> ObjectiveOutcome {
        guard teacher == nil else {
            return try rows(logits, labels, classes: classes, teacher: teacher, layout: layout, on: backend)
        }
        var outcome = ObjectiveOutcome()
        try outcome.addCrossEntropy(
            of: logits, classes: classes, labels: labels, smoothing: labelSmoothing, on: backend)
        outcome.add("logits", logits, layout)
        return outcome
    }

    /// Returns, for each token, the label of the next token in its sequence.
    private static func next(_ labels: [Int32], in sequences: PackedSequences) throws -> [Int32] {
        guard labels.count == sequences.totalLength else {
            throw BertError(
                .invalidInput, "labels has \(labels.count) values; expected \(sequences.totalLength)", key: "labels")
        }
        return sequences.ranges.flatMap { range in
            labels[range].dropFirst() + (range.isEmpty ? [] : [LossGradient.ignored])
        }
    }

    private func replacedTokens(
        _ model: any ReplacedTokenDetectionModel, _ input: ModelInput, _ labels: [Int32], _ options: ForwardOptions
    ) throws -> ObjectiveOutcome {
        let backend = try model.backend
        let output = try model.forward(input, labels: nil, options: computingAll(options))
        let values = try backend.floats(output.logits)
        guard labels.count == values.count else {
            throw BertError(
                .invalidInput, "labels has \(labels.count) values; expected \(values.count)", key: "labels")
        }
        var seen = Array(labels.indices)
        if case .tokens(let mask) = input.mask { seen = seen.filter { mask[$0] } }
        let loss = try LossGradient.binaryCrossEntropy(seen.map { values[$0] }, seen.map { Float(labels[$0]) })
        var spread = LossGradient(value: loss.value, gradient: Array(repeating: 0, count: values.count))
        for (place, slope) in zip(seen, loss.gradient) { spread.gradient[place] = slope }
        var outcome = ObjectiveOutcome()
        try outcome.add(spread, of: output.logits, on: backend)
        outcome.add("logits", output.logits, output.layout)
        return outcome
    }

    private func spans(
        _ model: any QuestionAnsweringModel, _ input: ModelInput, _ answers: AnswerSpans, _ options: ForwardOptions
    ) throws -> ObjectiveOutcome {
        let backend = try model.backend
        let output = try model.forward(input, answers: nil, options: computingAll(options))
        var outcome = ObjectiveOutcome()
        for (logits, places, name) in [
            (output.startLogits, answers.starts, "start"), (output.endLogits, answers.ends, "end"),
        ] {
            let loss = try LossGradient.span(
                backend.floats(logits), places, output.sequences, name: "\(name)_positions")
            try outcome.add(0.5 * loss, of: logits, on: backend)
            outcome.add("\(name)_logits", logits, output.layout)
        }
        return outcome
    }

    private func pretraining(
        _ model: any PreTrainingModel, _ input: ModelInput, words: [Int32], pairs: [Int32], _ options: ForwardOptions
    ) throws -> ObjectiveOutcome {
        let (backend, config) = try (model.backend, model.config)
        let output = try model.forward(input, labels: nil, nextSentenceLabels: nil, options: computingAll(options))
        var outcome = ObjectiveOutcome()
        try outcome.addCrossEntropy(
            of: output.predictionLogits, classes: config.vocabSize, labels: words, on: backend)
        try outcome.add(
            .crossEntropy(backend.floats(output.seqRelationshipLogits), classes: 2, labels: pairs),
            of: output.seqRelationshipLogits, on: backend)
        outcome.add("prediction_logits", output.predictionLogits, output.layout)
        outcome.add("seq_relationship_logits", output.seqRelationshipLogits)
        return outcome
    }

    private func distilled(
        _ loss: LossGradient, _ logits: [Float], classes: Int, teacher: [Float]?
    ) throws -> LossGradient {
        guard let teacher else { return loss }
        let soft = try LossGradient.distillation(
            logits, classes: classes, teacher: teacher, temperature: distillation.temperature)
        return distillation.alpha * loss + (1 - distillation.alpha) * soft
    }
}

// MARK: Embeddings

extension Objective {
    /// Runs an encoder on the texts of each column, and computes the loss of their embeddings.
    ///
    /// - Parameters:
    ///   - model: An encoder whose backend records operations.
    ///   - columns: Anchors, positives, negatives, …, with the same number of texts in each column.
    ///   - scores: A score for each row, for losses that use scores.
    ///   - rollsNegatives: Whether the negative of a row is the positive of the preceding row, for triplet losses.
    ///   - options: The states to return.
    /// - Returns: The loss, its seeds, and the embeddings of the columns, `a`, `b`, ….
    /// - Throws: ``BertCore/BertError`` with code `unsupported` for a class that isn't an encoder; `invalidInput` for
    ///   invalid columns; errors of the backend.
    public func vectors(
        _ model: any BertPreTrainedModel, _ columns: [ModelInput], scores: [Float]?,
        rollsNegatives: Bool = false, options: ForwardOptions = ForwardOptions()
    ) throws -> ObjectiveOutcome {
        let backend = try model.backend
        var vectors = try embed(columns, model, options)
        let given = vectors.count
        if rollsNegatives, given == 2, embeddingLoss.columns.lowerBound == 3 {
            let count = vectors[1].shape[0]
            let rows = (0..<count).map { Int32(($0 + count - 1) % count) }
            vectors.append(try backend.gatherRows(vectors[1], indices: backend.indices(rows)))
        }
        let (value, gradients) = try embeddingLoss(
            vectors.map(backend.floats), size: model.config.hiddenSize, scores: scores, on: backend)
        var outcome = ObjectiveOutcome(loss: value)
        for (index, (tensor, gradient)) in zip(vectors, gradients).enumerated() {
            try outcome.add(LossGradient(value: 0, gradient: gradient), of: tensor, on: backend)
            if index < given { outcome.add(String(UnicodeScalar(UInt8(97 + index))), tensor) }
        }
        return outcome
    }

    /// Returns, for each column, the vectors of its texts, `[texts, hidden]`.
    func embed(
        _ columns: [ModelInput], _ model: any BertPreTrainedModel, _ options: ForwardOptions
    ) throws -> [Tensor] {
        guard let encoder = model as? any EncoderModel else {
            throw BertError(
                .unsupported, "\(type(of: model).modelName) gives no vectors; train an encoder without a head")
        }
        return try columns.enumerated().map { index, column in
            var options = options
            // Dropout drops different elements of each column.
            options.dropout?.pass += UInt32(index)
            return try embed(column, encoder, options)
        }
    }

    /// Returns the vector of each text, `[texts, hidden]`. Tokens that are masked out are ignored.
    public func embed(
        _ input: ModelInput, _ encoder: any EncoderModel, _ options: ForwardOptions = ForwardOptions()
    ) throws -> Tensor {
        var (input, options) = (input, options)
        options.maskedTokens = false
        // The encoder keeps a masked first token, but it isn't part of the text.
        if case .tokens(let mask) = input.mask, mask.contains(false) {
            var start = 0
            var lengths: [Int] = []
            for length in input.lengths {
                lengths.append(mask[start..<start + length].count { $0 })
                start += length
            }
            guard !lengths.contains(0) else {
                throw BertError(.invalidInput, "a text has no tokens", record: lengths.firstIndex(of: 0), of: "text")
            }
            options.rows = .at(mask.indices.filter { mask[$0] })
            let output = try encoder.encode(input, options: options)
            return try encoder.backend.pool(
                output.lastHiddenState, sequences: PackedSequences(lengths: lengths), pooling)
        }
        input.mask = nil
        let output = try encoder.encode(input, options: options)
        return try encoder.backend.pool(output.lastHiddenState, sequences: output.sequences, pooling)
    }
}
