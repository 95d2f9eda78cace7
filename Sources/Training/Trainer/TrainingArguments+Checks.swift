import BertCore
public import BertJSON

extension TrainingArguments {
    /// The metric for the best checkpoint, or nil if it isn't requested.
    var bestMetric: String? { metricForBestModel ?? (loadBestModelAtEnd ? "loss" : nil) }

    /// Whether higher values of the metric are better.
    var isGreaterBetter: Bool { greaterIsBetter ?? !(bestMetric ?? "loss").hasSuffix("loss") }

    /// The number of steps between evaluations.
    var stepsBetweenEvaluations: Int { evalSteps ?? loggingSteps }

    /// Checks the arguments.
    ///
    /// - Throws: `BertError` with code `invalidArgument` and the option's name.
    public func check() throws {
        func refuse(_ option: String, _ message: String) -> BertError {
            BertError(.invalidArgument, message, key: "--\(option)")
        }
        func needs(_ option: String, _ value: Int, atLeast least: Int) throws {
            guard value >= least else { throw refuse(option, "must be at least \(least), not \(value)") }
        }
        try needs("per-device-train-batch-size", perDeviceTrainBatchSize, atLeast: 1)
        try needs("per-device-eval-batch-size", perDeviceEvalBatchSize, atLeast: 1)
        try needs("gradient-accumulation-steps", gradientAccumulationSteps, atLeast: 1)
        try needs("logging-steps", loggingSteps, atLeast: 1)
        try needs("eval-steps", stepsBetweenEvaluations, atLeast: 1)
        try needs("save-steps", saveSteps, atLeast: 1)
        try needs("warmup-steps", warmupSteps, atLeast: 0)
        if let miniBatchSize { try needs("mini-batch-size", miniBatchSize, atLeast: 1) }
        if let saveTotalLimit { try needs("save-total-limit", saveTotalLimit, atLeast: 1) }
        if let earlyStoppingPatience { try needs("early-stopping-patience", earlyStoppingPatience, atLeast: 1) }
        for (option, value, range) in [
            ("learning-rate", learningRate, 0...Double.greatestFiniteMagnitude),
            ("weight-decay", weightDecay, 0...Double.greatestFiniteMagnitude), ("adam-beta1", adamBeta1, 0...1),
            ("adam-beta2", adamBeta2, 0...1), ("adam-epsilon", adamEpsilon, 0...Double.greatestFiniteMagnitude),
            ("max-grad-norm", maxGradNorm, 0...Double.greatestFiniteMagnitude), ("warmup-ratio", warmupRatio, 0...1),
            ("label-smoothing-factor", labelSmoothingFactor, 0...1), ("mlm-probability", mlmProbability, 0...1),
            ("dropout", dropout ?? 0, 0...0.999), ("distillation-alpha", distillationAlpha, 0...1),
        ] where !range.contains(value) {
            throw refuse(option, "must be from \(range.lowerBound) to \(range.upperBound), not \(value)")
        }
        for (option, value) in [("adam-beta1", adamBeta1), ("adam-beta2", adamBeta2)] where value == 1 {
            throw refuse(option, "must be below 1, not \(value)")
        }
        if frozenPrecision != nil, freeze == nil, exitTraining != .stage2, exitTraining != .twoStage {
            throw refuse(
                "frozen-precision",
                "no layers are frozen; use --freeze, or --exit-training stage2 or two-stage, which freeze the trunk")
        }
        guard distillationTemperature > 0 else {
            throw refuse("distillation-temperature", "must be above 0, not \(distillationTemperature)")
        }
        guard maxSteps > 0 || numTrainEpochs > 0 && numTrainEpochs.isFinite else {
            throw refuse("num-train-epochs", "must be above 0, not \(numTrainEpochs)")
        }
        if loadBestModelAtEnd {
            guard evalStrategy == saveStrategy, evalStrategy != .no else {
                throw refuse(
                    "load-best-model-at-end",
                    "evaluations and checkpoints must have the same strategy; --eval-strategy is \(evalStrategy.rawValue), --save-strategy \(saveStrategy.rawValue)"
                )
            }
            if evalStrategy == .steps, !saveSteps.isMultiple(of: stepsBetweenEvaluations) {
                throw refuse(
                    "load-best-model-at-end",
                    "--save-steps (\(saveSteps)) must be a multiple of --eval-steps (\(stepsBetweenEvaluations))")
            }
        }
        if earlyStoppingPatience != nil, !loadBestModelAtEnd {
            throw refuse("early-stopping-patience", "requires --load-best-model-at-end")
        }
    }

    /// Checks the options that only some tasks have.
    ///
    /// - Throws: `BertError` with code `invalidArgument` and the option's name.
    func check(for task: TrainingTask) throws {
        guard task != .embedding else { return }
        if miniBatchSize != nil {
            throw BertError(
                .invalidArgument,
                "only for the task embedding; use --gradient-accumulation-steps for \(task.rawValue)",
                key: "--mini-batch-size")
        }
        if let embeddingLoss {
            throw BertError(
                .invalidArgument, "\(embeddingLoss) is a loss of embeddings; the task is \(task.rawValue)",
                key: "--loss",
                value: .string(embeddingLoss))
        }
    }

    /// The mini-batch size of gradient caching; nil without caching.
    func cachedRows(of task: TrainingTask) -> Int? {
        guard task == .embedding else { return nil }
        return miniBatchSize ?? (embeddingLoss?.lowercased().hasPrefix("cached-") == true ? 32 : nil)
    }

    /// Returns the number of steps in an epoch of this number of examples, and in the whole training.
    func steps(examples: Int) -> (epoch: Int, total: Int) {
        let batches = (examples + perDeviceTrainBatchSize - 1) / perDeviceTrainBatchSize
        let perEpoch = max(1, (batches + gradientAccumulationSteps - 1) / gradientAccumulationSteps)
        return (perEpoch, maxSteps > 0 ? maxSteps : Int((numTrainEpochs * Double(perEpoch)).rounded(.up)))
    }

    /// Returns the number of warmup steps.
    func warmup(of total: Int) -> Int {
        warmupSteps > 0 ? warmupSteps : Int((Double(total) * warmupRatio).rounded(.up))
    }

    /// The arguments that the trained model depends on, with the names of `transformers`.
    public var json: JSONObject {
        func optional(_ value: Int?) -> JSONValue { value.map { .int($0) } ?? .null }
        return [
            "per_device_train_batch_size": .int(perDeviceTrainBatchSize),
            "gradient_accumulation_steps": .int(gradientAccumulationSteps), "learning_rate": .double(learningRate),
            "weight_decay": .double(weightDecay), "adam_beta1": .double(adamBeta1), "adam_beta2": .double(adamBeta2),
            "adam_epsilon": .double(adamEpsilon), "max_grad_norm": .double(maxGradNorm),
            "num_train_epochs": .double(numTrainEpochs), "max_steps": .int(maxSteps),
            "lr_scheduler_type": .string(lrSchedulerType.rawValue), "warmup_ratio": .double(warmupRatio),
            "warmup_steps": .int(warmupSteps), "logging_strategy": .string(loggingStrategy.rawValue),
            "logging_steps": .int(loggingSteps), "logging_first_step": .bool(loggingFirstStep),
            "eval_strategy": .string(evalStrategy.rawValue), "eval_steps": optional(evalSteps),
            "save_strategy": .string(saveStrategy.rawValue), "save_steps": .int(saveSteps),
            "save_total_limit": optional(saveTotalLimit), "load_best_model_at_end": .bool(loadBestModelAtEnd),
            "metric_for_best_model": bestMetric.map { .string($0) } ?? .null,
            "greater_is_better": bestMetric == nil ? .null : .bool(isGreaterBetter),
            "early_stopping_patience": optional(earlyStoppingPatience),
            "early_stopping_threshold": .double(earlyStoppingThreshold), "seed": .int(Int(truncatingIfNeeded: seed)),
            "data_seed": dataSeed.map { .int(Int(truncatingIfNeeded: $0)) } ?? .null,
            "data_order": dataOrder.map { .array($0.map { .int($0) }) } ?? .null,
            "gradient_checkpointing": .bool(gradientCheckpointing),
            "label_smoothing_factor": .double(labelSmoothingFactor),
            "loss_reduction": .string(lossReduction.rawValue), "freeze": freeze.map { .string($0) } ?? .null,
            "frozen_precision": frozenPrecision.map { .string($0.rawValue) } ?? .null,
            "exit_training": .string(exitTraining.rawValue), "distillation_alpha": .double(distillationAlpha),
            "distillation_temperature": .double(distillationTemperature),
            "embedding_loss": embeddingLoss.map { .string($0) } ?? .null, "mini_batch_size": optional(miniBatchSize),
            "batch_sampler": .string(batchSampler.rawValue), "mlm_probability": .double(mlmProbability),
            "dropout": dropout.map { .double($0) } ?? .null,
        ]
    }
}
