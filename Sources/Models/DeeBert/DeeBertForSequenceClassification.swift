public import BertCore

/// DeeBERT with a sequence classification head after the last layer (`DeeBertForSequenceClassification` of the research
/// code). Unlike there, every sequence of a batch leaves on its own.
public struct DeeBertForSequenceClassification: EarlyExitClassifier {
    public static let baseModelPrefix = "bert"

    /// The configuration it was built from.
    public let config: BertConfig
    /// The values of its parameters, and how the checkpoint fitted.
    public let parameters: ParameterStore
    /// What it computes on.
    public let backend: any ComputeBackend
    private let bert: DeeBertModel
    private let classifier: PreparedLinear

    public static func parameterSpecs(_ config: BertConfig) throws -> [ParameterSpec] {
        DeeBertModel.parameterSpecs(prefix: "bert.", config)
            + ParameterSpec.linear("classifier", in: config.hiddenSize, out: config.numLabels)
    }

    public init(config: BertConfig, parameters: ParameterStore, backend: any ComputeBackend) throws {
        self.config = config
        self.parameters = parameters
        self.backend = backend
        bert = try DeeBertModel(config: config, parameters: parameters, backend: backend, prefix: "bert.")
        classifier = try WeightLoader(parameters: parameters, backend: backend).linear("classifier")
    }

    public func classify(
        _ input: ModelInput, policy: ExitPolicy, offRamps: Bool = false
    ) throws -> EarlyExitClassifierOutput {
        var exits = try EarlyExitRun(
            policy, layerCount: config.numHiddenLayers, sequences: input.lengths.count, collectingOffRamps: offRamps)
        let run = try bert.encoder(input) { layer, state in
            guard exits.needsOffRamp(after: layer) else { return [] }
            let logits = try bert.offRamps[layer](state.firstTokens(on: backend), on: backend)
            return exits.pass(layer, logits: try rows(logits), alive: state.alive)
        }
        if !run.state.alive.isEmpty {
            let pooled = try bert.pooler(run.state.firstTokens(on: backend), on: backend)
            let logits = try backend.linear(pooled, classifier, activation: nil, residual: nil)
            exits.finish(logits: try rows(logits), alive: run.state.alive)
        }
        return try exits.output(labels: config.numLabels, on: backend)
    }

    private func rows(_ logits: Tensor) throws -> [[Float]] {
        let values = try backend.floats(logits)
        let width = logits.shape.lastLength
        return (0..<logits.shape.rowCount).map { Array(values[$0 * width..<($0 + 1) * width]) }
    }
}

/// Stands in for ``DeeBertForSequenceClassification`` where its backend is missing.
public typealias DummyDeeBertForSequenceClassification = Dummy<DeeBertForSequenceClassification>
