import BertCore
import BertJSON
package import BertModels

/// An evaluator that runs a model on labeled examples and computes metrics.
package struct Evaluator {
    let model: any BertPreTrainedModel
    let config: BertConfig
    let backend: any ComputeBackend
    /// Whether the model has token types.
    let hasTokenTypes: Bool
    /// The maximum number of tokens in a batch.
    var tokenBudget = 8_192
    /// The exit policy. If it is nil, all layers are computed, and each one can be evaluated.
    var policy: ExitPolicy?
    /// Whether to evaluate each layer's off-ramp.
    var measuresLayers = true
    /// The pooling of a sequence's hidden states, for embeddings.
    var pooling = Pooling.mean
    /// The masking of tokens, for masked language models.
    var masking: Masking?
    /// Whether the loss of a cross-encoder is the squared error instead of the binary cross-entropy.
    var usesSquaredError = false

    /// - Parameter hasTokenTypes: Whether the model has token types.
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

    /// Evaluates the model on the task of the data.
    ///
    /// - Throws: `BertError` if the model doesn't support the task.
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

    /// Returns batches of the indices of sequences, with similar lengths in each batch.
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
            throw BertError(.unsupported, "the class \(Swift.type(of: self.model).modelName) doesn't support this task")
        }
        return model
    }
}
