public import BertJSON

/// An event during training.
public enum TrainingEvent: Sendable {
    /// Training starts, or resumes from a step.
    case began(step: Int, of: Int, examples: Int)
    /// A time-consuming preparation starts before the first step.
    case preparing(String)
    /// A step is completed.
    case step(Int, of: Int, loss: Double, rate: Double, tokens: Int)
    /// A log entry: the loss of some steps, an evaluation, or the summary. Includes times.
    case log(JSONObject)
    /// A checkpoint is saved.
    case saved(String)
    /// A notice for the user.
    case note(String)
}

/// The result of training.
public struct TrainingResult: Sendable {
    /// The final state.
    public let state: TrainerState
    /// The contents of `train_results.json`.
    public let training: JSONObject
    /// The contents of `eval_results.json`, or nil without validation examples.
    public let evaluation: JSONObject?
}
