public import BertCore
public import BertModels

extension TrainableModel {
    /// Creates a model to train from a folder's configuration and checkpoint.
    ///
    /// - Parameters:
    ///   - modelType: The class.
    ///   - config: The configuration, which the checkpoint may modify.
    ///   - store: The parameters.
    ///   - backend: The backend that computes.
    ///   - frozen: A pattern of the frozen parameters.
    ///   - frozenPrecision: The precision of frozen linear layers. The default is the backend's own.
    ///   - exitTraining: The training of off-ramps. Each of DeeBERT's stages freezes some parameters.
    /// - Throws: ``BertCore/BertError`` with code `invalidArgument` for a pattern that matches no parameters or all of
    ///   them.
    public convenience init(
        _ modelType: any BertPreTrainedModel.Type, _ config: BertConfig, _ store: ParameterStore,
        on backend: any ComputeBackend, frozen: ParameterPattern?, frozenPrecision: Precision? = nil,
        exitTraining: Objective.ExitTraining? = nil
    ) throws {
        try frozen?.check(against: store.names)
        try self.init(modelType, config, store, on: backend, frozenPrecision: frozenPrecision) { name in
            frozen?.matches(name) == true || exitTraining?.trains(name) == false
        }
    }

    /// Computes the loss of a batch, its gradients, and the model's outputs. Inputs and outputs have Python's names.
    ///
    /// The inputs include labels: `labels` of the type that the class requires, or `start_positions` and
    /// `end_positions`. With `teacher_logits`, the loss includes distillation. An encoder without a head takes the
    /// texts of each column as `a/input_ids`, `a/attention_mask`, `b/input_ids`, …, and `scores` for losses that use
    /// scores. If a triplet has no `c/`, its negative is the preceding row of `b`.
    ///
    /// - Returns: `loss`, `grad.NAME` for every trained parameter that the loss depends on, and the model's logits or
    ///   embeddings.
    /// - Throws: ``BertCore/BertError`` with code `invalidInput` for invalid inputs or missing labels; errors of the
    ///   backend.
    public func namedGradients(_ request: ForwardRequest, _ objective: Objective) throws -> [NamedTensor] {
        let step = try differentiate { model in
            let outcome = try self.outcome(model, request, objective)
            let outputs = try outcome.outputs.map { output in
                let (values, shape) =
                    try output.layout?.padded(output.tensor, on: model.backend)
                    ?? (model.backend.floats(output.tensor), output.tensor.shape)
                return NamedTensor(output.name, floats: values, shape: Array(shape))
            }
            return (
                outcome.seeds, [NamedTensor("loss", floats: [Float(outcome.loss)], shape: [])] + outputs
            )
        }
        let gradients = try zip(parameters, step.gradients).compactMap { spec, gradient in
            try gradient.map {
                NamedTensor("grad.\(spec.name)", floats: try backend.floats($0), shape: Array(spec.shape))
            }
        }
        return step.result + gradients
    }

    private func outcome(
        _ model: any BertPreTrainedModel, _ request: ForwardRequest, _ objective: Objective
    ) throws -> ObjectiveOutcome {
        if model is any EncoderModel { return try vectors(model, request, objective) }
        let isPretraining = model is any PreTrainingModel
        let isAnswering = model is any QuestionAnsweringModel
        let names =
            isAnswering
            ? ["start_positions", "end_positions"]
            : isPretraining
                ? ["labels", "next_sentence_label", "sentence_order_label"]
                : model is any NextSentencePredictionModel
                    ? ["labels", "next_sentence_label", "teacher_logits"] : ["labels", "teacher_logits"]
        let inputs = try NamedInputs(request, for: modelType.modelName, more: names)
        let isChoice = model is any MultipleChoiceModel
        let batch = try inputs.batch(config, rank: isChoice ? 3 : 2)
        func perSequence(_ name: String) throws -> [Int32]? {
            let leading = isChoice ? Array(batch.leading.prefix(1)) : batch.leading
            return try inputs.labels(name, leading, leading + [1])
        }
        let target: TrainingTarget?
        if isAnswering {
            let (starts, ends) = (try perSequence("start_positions"), try perSequence("end_positions"))
            target = starts.flatMap { starts in ends.map { .spans(AnswerSpans(starts: starts, ends: $0)) } }
        } else if isPretraining {
            let words = try inputs.labels("labels", batch.leading + [batch.length])
            let pairs = try perSequence("next_sentence_label") ?? perSequence("sentence_order_label")
            target = words.flatMap { words in pairs.map { .pretraining(words: words, pairs: $0) } }
        } else if isChoice {
            target = try perSequence("labels").map { .choices($0, count: batch.leading[1]) }
        } else if model is any NextSentencePredictionModel {
            target = try (perSequence("labels") ?? perSequence("next_sentence_label")).map { .sequences(.classes($0)) }
        } else if model is any SequenceClassificationModel {
            target = try inputs.sequenceLabels(sequences: batch.sequences, labels: config.numLabels)
                .map { .sequences($0) }
        } else {
            target = try inputs.labels("labels", batch.leading + [batch.length]).map { .tokens($0) }
        }
        guard let target else {
            throw BertError(
                .invalidInput,
                """
                gradients require labels: \(modelType.modelName) supports \
                \(names.filter { $0 != "teacher_logits" }.joined(separator: ", "))
                """, key: names[0])
        }
        return try objective(
            model, batch.input, target, teacher: inputs.floats("teacher_logits"), options: request.options)
    }

    /// Returns the embeddings of an encoder's texts. The names of the inputs start with the letter of their column.
    private func vectors(
        _ model: any BertPreTrainedModel, _ request: ForwardRequest, _ objective: Objective
    ) throws -> ObjectiveOutcome {
        var columns: [String: [NamedTensor]] = [:]
        var rest: [NamedTensor] = []
        for tensor in request.inputs {
            let parts = tensor.name.split(separator: "/", maxSplits: 1)
            if parts.count == 2, parts[0].count == 1, let letter = parts[0].first, ("a"..."z").contains(letter) {
                let values = tensor.values
                let named =
                    switch values {
                    case .floats(let floats): NamedTensor(String(parts[1]), floats: floats, shape: tensor.shape)
                    case .integers(let integers):
                        NamedTensor(String(parts[1]), integers: integers, shape: tensor.shape)
                    }
                columns[String(letter), default: []].append(named)
            } else {
                rest.append(tensor)
            }
        }
        let letters = columns.keys.sorted()
        let expected = (0..<letters.count).map { String(UnicodeScalar(UInt8(97 + $0))) }
        guard letters.count >= 2, letters == expected else {
            throw BertError(
                .invalidInput,
                """
                gradients of \(modelType.modelName) require texts in at least two columns: a/input_ids, a/attention_mask, \
                b/input_ids, …\(letters.isEmpty ? "" : "; there are " + letters.map { $0 + "/" }.joined(separator: ", "))
                """, key: "a/input_ids")
        }
        var inputs: [ModelInput] = []
        for letter in letters {
            let column = ForwardRequest(columns[letter] ?? [])
            inputs.append(
                try BertError.context(key: letter) {
                    try NamedInputs(column, for: modelType.modelName, more: []).batch(config).input
                })
        }
        // All other inputs must be scores.
        for tensor in rest where tensor.name != "scores" {
            throw BertError(
                .invalidInput,
                """
                gradients of \(modelType.modelName) have no input \(tensor.name); the inputs are a/input_ids, b/input_ids, … and \
                scores
                """, key: tensor.name)
        }
        var scores: [Float]?
        if let tensor = rest.first {
            switch tensor.values {
            case .floats(let values): scores = values
            case .integers(let values): scores = values.map(Float.init)
            }
        }
        return try objective.vectors(
            model, inputs, scores: scores, rollsNegatives: inputs.count == 2, options: ForwardOptions())
    }
}
