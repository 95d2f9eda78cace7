public import BertJSON

/// The state of training: `trainer_state.json`, with the keys of `transformers.TrainerState`.
///
/// Times are omitted, so that two runs with the same seed have the same state.
public struct TrainerState: Sendable {
    /// The number of completed steps.
    public internal(set) var globalStep = 0
    /// The number of completed epochs, as a fraction.
    public internal(set) var epoch = 0.0
    /// The total number of steps.
    public internal(set) var maxSteps = 0
    /// The best value of the metric for the best model.
    public internal(set) var bestMetric: Double?
    /// The name of the best checkpoint's folder, within the run's folder.
    public internal(set) var bestModelCheckpoint: String?
    /// The step of the best checkpoint.
    public internal(set) var bestGlobalStep: Int?
    /// The floating-point operations so far, according to the estimate of `transformers`.
    public internal(set) var totalFlos = 0.0
    /// The number of tokens processed so far.
    public internal(set) var tokensSeen = 0
    /// The number of consecutive evaluations without an improvement.
    public internal(set) var patienceCounter = 0
    /// The log entries.
    public internal(set) var logHistory: [JSONObject] = []
    /// The sum of the losses of all steps.
    var lossSum = 0.0
    /// The sum of the losses and the number of steps since the last log entry.
    var (unloggedLoss, unloggedSteps) = (0.0, 0)

    private static let sums = "LossSums"

    /// Creates an initial state.
    public init() {}

    /// Returns the state as JSON.
    func json(_ arguments: TrainingArguments) -> JSONValue {
        var callbacks = JSONObject()
        if let patience = arguments.earlyStoppingPatience {
            callbacks["EarlyStoppingCallback"] = [
                "args": [
                    "early_stopping_patience": .int(patience),
                    "early_stopping_threshold": .double(arguments.earlyStoppingThreshold),
                ],
                "attributes": ["early_stopping_patience_counter": .int(patienceCounter)],
            ]
        }
        // The Python class doesn't support additional keys, but ignores unknown callbacks.
        callbacks[Self.sums] = [
            "args": [:],
            "attributes": [
                "loss_sum": .double(lossSum), "unlogged_loss": .double(unloggedLoss),
                "unlogged_steps": .int(unloggedSteps),
            ],
        ]
        callbacks["TrainerControl"] = [
            "args": [
                "should_epoch_stop": false, "should_evaluate": false, "should_log": false, "should_save": true,
                "should_training_stop": .bool(globalStep >= maxSteps),
            ], "attributes": [:],
        ]
        return [
            "best_global_step": bestGlobalStep.map { .int($0) } ?? .null,
            "best_metric": bestMetric.map { .double($0) } ?? .null,
            "best_model_checkpoint": bestModelCheckpoint.map { .string($0) } ?? .null, "epoch": .double(epoch),
            "eval_steps": .int(arguments.stepsBetweenEvaluations), "global_step": .int(globalStep),
            "is_hyper_param_search": false, "is_local_process_zero": true, "is_world_process_zero": true,
            "log_history": .array(logHistory.map { .object($0) }), "logging_steps": .int(arguments.loggingSteps),
            "max_steps": .int(maxSteps), "num_input_tokens_seen": .int(tokensSeen),
            "num_train_epochs": .int(Int(arguments.numTrainEpochs.rounded(.up))),
            "save_steps": .int(arguments.saveSteps),
            "stateful_callbacks": .object(callbacks), "total_flos": .double(totalFlos),
            "train_batch_size": .int(arguments.perDeviceTrainBatchSize), "trial_name": nil, "trial_params": nil,
        ]
    }

    /// Reads a state written by ``json(_:)``.
    init(_ node: JSONNode) throws {
        globalStep = try node.required("global_step").int(in: 0...Int.max)
        epoch = try node.required("epoch").double()
        maxSteps = try node.required("max_steps").int(in: 0...Int.max)
        bestMetric = try node["best_metric"]?.double()
        bestModelCheckpoint = try node["best_model_checkpoint"]?.string()
        bestGlobalStep = try node["best_global_step"]?.int()
        totalFlos = try node.required("total_flos").double()
        tokensSeen = try node["num_input_tokens_seen"]?.int() ?? 0
        let sums = try node.required("stateful_callbacks").required(Self.sums).required("attributes")
        lossSum = try sums.required("loss_sum").double()
        unloggedLoss = try sums.required("unlogged_loss").double()
        unloggedSteps = try sums.required("unlogged_steps").int()
        logHistory = try node.required("log_history").elements().map { (node) throws(JSONError) in try node.object() }
        patienceCounter =
            try node["stateful_callbacks"]?["EarlyStoppingCallback"]?["attributes"]?[
                "early_stopping_patience_counter"]?.int() ?? 0
    }
}
