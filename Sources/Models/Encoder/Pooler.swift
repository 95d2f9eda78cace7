import BertCore

/// tanh(dense(first token)): what classification heads read.
struct Pooler: Sendable {
    private let dense: PreparedLinear

    static func parameterSpecs(_ name: String, _ config: BertConfig) -> [ParameterSpec] {
        ParameterSpec.linear("\(name).dense", in: config.hiddenSize, out: config.hiddenSize)
    }

    init(_ loader: WeightLoader, name: String) throws { dense = try loader.linear("\(name).dense") }

    /// First tokens `[sequences, hidden]` → `[sequences, hidden]`.
    func callAsFunction(_ firstTokens: Tensor, on backend: any ComputeBackend) throws -> Tensor {
        try backend.linear(firstTokens, dense, activation: .tanh, residual: nil)
    }
}
