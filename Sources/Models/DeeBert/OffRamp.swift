import BertCore

/// A pooler and a classifier after a layer: DeeBERT's highway (`BertHighway`).
struct OffRamp: Sendable {
    private let pooler: Pooler
    private let classifier: PreparedLinear

    static func parameterSpecs(_ name: String, _ config: BertConfig) -> [ParameterSpec] {
        Pooler.parameterSpecs("\(name).pooler", config)
            + ParameterSpec.linear("\(name).classifier", in: config.hiddenSize, out: config.numLabels)
    }

    init(_ loader: WeightLoader, name: String) throws {
        pooler = try Pooler(loader, name: "\(name).pooler")
        classifier = try loader.linear("\(name).classifier")
    }

    /// First tokens `[sequences, hidden]` → logits `[sequences, labels]`.
    func callAsFunction(_ firstTokens: Tensor, on backend: any ComputeBackend) throws -> Tensor {
        try backend.linear(pooler(firstTokens, on: backend), classifier, activation: nil, residual: nil)
    }
}
