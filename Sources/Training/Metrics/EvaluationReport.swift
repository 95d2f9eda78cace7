public import BertJSON

/// The results of an evaluation.
public struct EvaluationReport: Sendable {
    /// A metric with its name.
    public typealias Metric = (name: String, value: Double)

    /// The mean loss per example, or per token for token-level tasks. It is nil without labels, or if the task has no
    /// loss.
    public var loss: Double?
    /// The task's metrics with the names of GLUE.
    public var metrics: [Metric] = []
    /// The number of evaluated records.
    public var samples = 0
    /// The metrics of each layer's off-ramp, starting with the first layer. Empty for models without off-ramps.
    public var layers: [[Metric]] = []
    /// The mean layer after which texts exit, or nil without early exit.
    public var meanExitLayer: Double?
    /// The model's predictions for the records, in order.
    public var predictions: [JSONValue] = []

    /// Creates an empty report.
    public init() {}

    /// Returns the metric with a name, with or without `eval_`. The name of the loss is `loss`.
    public subscript(name: String) -> Double? {
        let name = name.hasPrefix("eval_") ? String(name.dropFirst(5)) : name
        return name == "loss" ? loss : metrics.first { $0.name == name }?.value
    }

    /// The names that ``subscript(_:)`` supports.
    public var names: [String] { (loss == nil ? [] : ["loss"]) + metrics.map(\.name) }
}
