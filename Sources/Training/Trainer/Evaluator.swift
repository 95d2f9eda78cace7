import BertCore
import BertJSON
package import BertModels

/// Runs a model over labelled examples and measures how good it is.
package struct Evaluator {
    let model: any BertPreTrainedModel
    let config: BertConfig
    let backend: any ComputeBackend
    /// Whether the model gets token types.
    let hasTokenTypes: Bool
    /// The most tokens of a batch.
    var tokenBudget = 8_192
    /// When texts leave; nil: they go all the way, and each layer is measured.
    var policy: ExitPolicy?
    /// Whether each layer's off-ramp is measured.
    var measuresLayers = true
    /// Makes a vector of the hidden states of a sequence; needed for embeddings.
    var pooling = Pooling.mean
    /// Hides words, for masked language models.
    var masking: Masking?
    /// Whether a cross-encoder's loss is the squared error, not the binary cross entropy.
    var usesSquaredError = false

    /// - Parameter hasTokenTypes: whether the model gets token types.
    package init(
        _ model: any BertPreTrainedModel, hasTokenTypes: Bool, policy: ExitPolicy? = nil, measuresLayers: Bool = true
    ) throws {
        self.model = model
        config = try model.config
        backend = try model.backend
        self.hasTokenTypes = hasTokenTypes
        self.policy = policy
        self.measuresLayers = measuresLayers
    }

    /// Measures the task of the data.
    ///
    /// - Throws: `BertError` if the model can't do the task.
    package func evaluate(_ data: TrainingData) throws -> EvaluationReport {
        var report = EvaluationReport()
        report.samples = data.recordCount
        switch data.task {
        case .classification, .regression, .multiLabel, .crossEncoder: try sequences(data, &report)
        case .tokenClassification: try tokens(data, &report)
        case .questionAnswering: try answers(data, &report)
        case .maskedLM: try maskedWords(data, &report)
        case .embedding: try vectors(data, &report)
        }
        return report
    }

    /// The places of sequences, in batches of about equal lengths.
    func batches(_ lengths: [Int]) -> [[Int]] {
        let order = lengths.indices.sorted { (lengths[$0], $0) < (lengths[$1], $1) }
        var batches: [[Int]] = []
        var tokens = Int.max
        for place in order {
            tokens = tokens.addingReportingOverflow(lengths[place]).partialValue
            if tokens < 0 || tokens > tokenBudget {
                batches.append([])
                tokens = lengths[place]
            }
            batches[batches.count - 1].append(place)
        }
        return batches
    }

    func input(_ sequences: [TrainingExample.Sequence]) -> ModelInput {
        ModelInput(ids: sequences.map(\.ids), tokenTypes: hasTokenTypes ? sequences.map(\.types) : nil)
    }

    func cast<Model>(_ type: Model.Type) throws -> Model {
        guard let model = model as? Model else {
            throw BertError(.unsupported, "the class \(Swift.type(of: self.model).modelName) can't do this task")
        }
        return model
    }
}
