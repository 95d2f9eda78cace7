public import BertJSON

/// What happens while a model is trained.
public enum TrainingEvent: Sendable {
    /// Training begins, or goes on from a step.
    case began(step: Int, of: Int, examples: Int)
    /// Something is done that takes time before the first step.
    case preparing(String)
    /// A step was made.
    case step(Int, of: Int, loss: Double, rate: Double, tokens: Int)
    /// Something was logged: the loss of some steps, an evaluation, or the summary; with times.
    case log(JSONObject)
    /// A checkpoint was written.
    case saved(String)
    /// What people should know.
    case note(String)
}

/// What training gave.
public struct TrainingResult: Sendable {
    /// How far it went.
    public let state: TrainerState
    /// `train_results.json`.
    public let training: JSONObject
    /// `eval_results.json`; nil without examples to judge by.
    public let evaluation: JSONObject?
}
