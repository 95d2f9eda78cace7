public import BertJSON

/// What an evaluation found.
public struct EvaluationReport: Sendable {
    /// A measure with its name.
    public typealias Metric = (name: String, value: Double)

    /// The mean loss of an example, or of a token for tasks over tokens; nil without labels or where the task has none.
    public var loss: Double?
    /// The task's measures, by GLUE's names.
    public var metrics: [Metric] = []
    /// How many records were evaluated.
    public var samples = 0
    /// What each layer's off-ramp would have given, the first layer's first; empty for models without off-ramps.
    public var layers: [[Metric]] = []
    /// The mean of the layers after which texts left; nil unless they may.
    public var meanExitLayer: Double?
    /// What the model says of each record, in their order.
    public var predictions: [JSONValue] = []

    /// Nothing found.
    public init() {}

    /// A measure by its name, with or without `eval_`; `loss` is one.
    public subscript(name: String) -> Double? {
        let name = name.hasPrefix("eval_") ? String(name.dropFirst(5)) : name
        return name == "loss" ? loss : metrics.first { $0.name == name }?.value
    }

    /// The names that ``subscript(_:)`` knows.
    public var names: [String] { (loss == nil ? [] : ["loss"]) + metrics.map(\.name) }
}
