import BertCheckpoints
public import BertCore
public import BertJSON
public import BertModels

/// A trainer of models that follows `transformers.Trainer`, with the same options, logs and checkpoints.
///
/// ```swift
/// let subject = try TrainingSubject(ModelFiles(folder: "bert-base-uncased"), training: records)
/// let trainer = try Trainer(subject, TrainingArguments(), on: backend, output: "out")
/// let result = try trainer.train()
/// ```
///
/// With the same data, options, seed and backend, results are bitwise equal for any number of threads, even if the run
/// is interrupted and resumed.
public final class Trainer {
    /// A custom loss. It runs a model on sequences, and returns the loss with the gradients of the model's outputs.
    public typealias Loss = (any BertPreTrainedModel, ModelInput, TrainingTarget) throws -> ObjectiveOutcome

    let subject: TrainingSubject
    let arguments: TrainingArguments
    let backend: any ComputeBackend
    let output: String
    let teacher: TeacherModel?
    let loss: Loss?
    let observer: (TrainingEvent) throws -> Void
    /// The facts that results depend on, which are written to `training_args.json`.
    let facts: JSONObject
    var state = TrainerState()
    var session: TrainingSession
    let stepsPerEpoch: Int
    /// The number of steps in a stage.
    let stageSteps: Int
    let schedule: LearningRateSchedule
    let order: DataOrder
    /// Makes batches without duplicate texts; nil if they are allowed.
    let distinctBatches: DistinctBatches?
    /// How untrained off-ramps are initialized; nil if there are none.
    let offRamps: OffRampInitialisation?
    /// The batches of the current epoch.
    var epochBatches: (epoch: Int, batches: [ArraySlice<Int>])?

    /// Creates a trainer.
    ///
    /// - Parameters:
    ///   - subject: The model and its data. Pass it with `consume`, unless it is needed afterward, to release the
    ///     initial values of the parameters.
    ///   - arguments: The hyperparameters and intervals.
    ///   - backend: The backend for all computation.
    ///   - output: The folder for checkpoints, logs and the trained model.
    ///   - teacher: The teacher for distillation.
    ///   - loss: The loss to minimize. The default depends on the model's class and the task.
    ///   - facts: Other facts that the results depend on, to store in `training_args.json`.
    ///   - observer: Called with each event. An error that it throws stops the run.
    /// - Throws: `BertError` with code `invalidArgument` and the option's name.
    public init(
        _ subject: TrainingSubject, _ arguments: TrainingArguments, on backend: any ComputeBackend, output: String,
        teacher: TeacherModel? = nil, loss: Loss? = nil, facts: JSONObject = [:],
        observer: @escaping (TrainingEvent) throws -> Void = { _ in }
    ) throws {
        try arguments.check()
        if arguments.evalStrategy != .no || arguments.earlyStoppingPatience != nil, subject.validation == nil {
            throw BertError(
                .invalidArgument, "--eval-strategy requires --validation-file",
                key: "--validation-file")
        }
        try arguments.check(for: subject.task)
        // Only the first session needs the initial values of the parameters.
        let data = subject.withoutValues()
        self.subject = data
        self.arguments = arguments
        self.backend = backend
        self.output = output
        self.teacher = teacher
        self.loss = loss
        self.observer = observer
        let count = try arguments.dataOrder.map { order in
            try DataOrder.given(order).indices(epoch: 0, count: subject.training.examples.count).count
        }
        (stepsPerEpoch, stageSteps) = arguments.steps(examples: count ?? subject.training.examples.count)
        schedule = LearningRateSchedule(
            arguments.lrSchedulerType, peak: arguments.learningRate, warmupSteps: arguments.warmup(of: stageSteps),
            totalSteps: stageSteps)
        order = arguments.dataOrder.map { .given($0) } ?? .shuffled(seed: arguments.dataSeed ?? arguments.seed)
        distinctBatches = arguments.batchSampler == .noDuplicates ? DistinctBatches(subject.training.examples) : nil
        self.facts = Self.facts(subject, arguments, backend, facts)
        offRamps = try OffRampInitialisation(subject)
        session = try Self.session(
            subject.store, Self.firstStage(arguments), data, arguments, backend, teacher, loss, observer)
        state.maxSteps = stageSteps * (arguments.exitTraining == .twoStage ? 2 : 1)
    }

    private static func facts(
        _ subject: TrainingSubject, _ arguments: TrainingArguments, _ backend: any ComputeBackend, _ more: JSONObject
    ) -> JSONObject {
        var facts = arguments.json
        facts["task"] = .string(subject.task.rawValue)
        facts["class"] = .string(subject.modelType.modelName)
        facts["text_column_names"] = .array(subject.columns.texts.map { .string($0) })
        facts["label_column_name"] = subject.columns.label.map { .string($0) } ?? .null
        facts["max_seq_length"] = .int(subject.maximumLength)
        facts["backend"] = .string(backend.info.nameAndVersion)
        facts["precision"] = .string(backend.info.precision.rawValue)
        func data(_ data: TrainingData?) -> JSONValue {
            data.map {
                ["examples": .int($0.examples.count), "fingerprint": .string(String($0.fingerprint, radix: 16))]
            } ?? .null
        }
        facts["train_data"] = data(subject.training)
        facts["validation_data"] = data(subject.validation)
        for (key, value) in more { facts[key] = value }
        return facts
    }

    /// Starts or resumes training.
    ///
    /// - Parameter checkpoint: The folder `checkpoint-N` to resume from, or nil to start a new run.
    /// - Throws: `BertError` with code `trainingDiverged` if the loss isn't finite; with the option's name for a
    ///   checkpoint of different data or options; errors of the backend.
    public func train(resumingFrom checkpoint: String? = nil) throws -> TrainingResult {
        try Folder.make(output)
        try Self.clearUnfinished(output)
        if let checkpoint {
            try resume(from: checkpoint)
        } else if arguments.exitTraining == .stage2 {
            try offRamps?.copyPooler(to: session.model)
        }
        let start = ContinuousClock.now
        let first = state.globalStep
        try observer(.began(step: first, of: state.maxSteps, examples: subject.training.examples.count))
        while state.globalStep < state.maxSteps {
            try Cancellation.check()
            if try !step() { break }
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        return try finish(steps: state.globalStep - first, seconds: seconds)
    }

    /// Performs a step and the actions that are due after it. Returns false if training is to stop.
    private func step() throws -> Bool {
        let index = state.globalStep
        if index == stageSteps, arguments.exitTraining == .twoStage { try beginSecondStage() }
        let inStage = index % stageSteps
        let (epoch, inEpoch) = (inStage / stepsPerEpoch, inStage % stepsPerEpoch)
        let batches = try self.batches(epoch: epoch, step: inEpoch)
        let rate = schedule.rate(inStage)
        let made = try session.gradients(index, batches, epoch)
        guard made.loss.isFinite else { throw try diverged(batches, epoch, what: "the loss", value: made.loss) }
        let norm = try backend.sumOfSquares(made.gradients.compactMap(\.self)).squareRoot() / made.divisor
        guard norm.isFinite else { throw try diverged(batches, epoch, what: "the gradient", value: norm) }
        let clip = arguments.maxGradNorm > 0 ? min(1, arguments.maxGradNorm / (norm + 1e-6)) : 1
        try session.optimizer.update(
            &session.model.values, made.gradients, rate: rate, scale: clip / made.divisor, on: backend)
        state.globalStep += 1
        state.lossSum += made.loss
        state.unloggedLoss += made.loss
        state.unloggedSteps += 1
        state.tokensSeen += made.tokens
        state.totalFlos += 6 * Double(made.tokens) * Double(flopParameters)
        let stageOffset = Double(index / stageSteps * stageSteps) / Double(stepsPerEpoch)
        let batchCount = epochBatches?.batches.count ?? 1
        let seen = min((inEpoch + 1) * arguments.gradientAccumulationSteps, batchCount)
        state.epoch = stageOffset + Double(epoch) + Double(seen) / Double(max(batchCount, 1))
        try observer(.step(state.globalStep, of: state.maxSteps, loss: made.loss, rate: rate, tokens: made.tokens))
        return try doWhatIsDue(norm: norm, rate: rate, isEndOfEpoch: inEpoch + 1 == stepsPerEpoch)
    }

    /// The number of parameters in products with each token, which are all except embedding tables.
    private var flopParameters: Int {
        session.model.parameters.filter { !$0.name.contains("embeddings") }.reduce(0) { $0 + $1.shape.elementCount }
    }

    /// The batches of a step of an epoch.
    private func batches(epoch: Int, step: Int) throws -> [ArraySlice<Int>] {
        if epochBatches?.epoch != epoch { epochBatches = (epoch, try batches(ofEpoch: epoch)) }
        let batches = epochBatches?.batches ?? []
        let first = step * arguments.gradientAccumulationSteps
        return Array(batches[min(first, batches.count)...].prefix(arguments.gradientAccumulationSteps))
    }

    private func batches(ofEpoch epoch: Int) throws -> [ArraySlice<Int>] {
        let indices = try order.indices(epoch: epoch, count: subject.training.examples.count)
        let size = arguments.perDeviceTrainBatchSize
        guard let distinctBatches else {
            return stride(from: 0, to: indices.count, by: size).map { indices[$0..<min($0 + size, indices.count)] }
        }
        let (batches, left) = distinctBatches.batches(indices, size: size)
        if left > 0 {
            try observer(
                .note(
                    """
                    epoch \(epoch + 1) skips \(left) of \(indices.count) examples: their texts are in too many other examples \
                    for batches of \(size) without duplicates
                    """))
        }
        return batches
    }

    /// Logs, evaluates and saves if this step requires it. Returns false if training should stop.
    private func doWhatIsDue(norm: Double, rate: Double, isEndOfEpoch: Bool) throws -> Bool {
        let step = state.globalStep
        let isLast = step >= state.maxSteps
        func isDue(_ strategy: TrainingArguments.Strategy, _ interval: Int) -> Bool {
            switch strategy {
            case .no: false
            case .steps: step.isMultiple(of: interval)
            case .epoch: isEndOfEpoch || isLast
            }
        }
        if isDue(arguments.loggingStrategy, arguments.loggingSteps) || arguments.loggingFirstStep && step == 1 {
            try log(
                [
                    "loss": .double(state.unloggedLoss / Double(max(1, state.unloggedSteps))),
                    "grad_norm": .double(norm), "learning_rate": .double(rate),
                ])
            (state.unloggedLoss, state.unloggedSteps) = (0, 0)
        }
        var goesOn = true
        var isBest = false
        if isDue(arguments.evalStrategy, arguments.stepsBetweenEvaluations) {
            isBest = try evaluate()
            if let patience = arguments.earlyStoppingPatience, state.patienceCounter >= patience { goesOn = false }
        }
        let endsWithSave = isLast && arguments.saveStrategy == .steps
        if isDue(arguments.saveStrategy, arguments.saveSteps) || endsWithSave {
            try saveCheckpoint(isBest: isBest)
        }
        return goesOn
    }

    /// Records and reports a log entry. `times` are only reported.
    func log(_ values: JSONObject, times: JSONObject = [:]) throws {
        var entry = values
        entry["epoch"] = .double(state.epoch)
        entry["step"] = .int(state.globalStep)
        state.logHistory.append(entry)
        for (key, value) in times { entry[key] = value }
        try observer(.log(entry))
    }

    /// Starts the second stage with the current parameters.
    private func beginSecondStage() throws {
        let store = try session.model.parameterStore()
        session = try Self.session(store, .stage2, subject, arguments, backend, teacher, loss, observer)
        try offRamps?.copyPooler(to: session.model)
        epochBatches = nil
    }

    static func firstStage(_ arguments: TrainingArguments) -> TrainingArguments.ExitTraining {
        arguments.exitTraining == .twoStage ? .stage1 : arguments.exitTraining
    }
}
