import BertCheckpoints
import BertCore
import BertJSON
import BertModels

/// The configuration of a `Dense` module in a sentence-transformers folder: a linear layer and its activation.
struct DenseSettings: Sendable, Hashable {
    /// The folder of the module, for example `2_Dense`.
    let path: String
    let inputSize: Int
    let outputSize: Int
    let hasBias: Bool
    let activation: Activation?

    /// Activations by the name of their class in `torch.nn`.
    private static let activations: [(name: String, activation: Activation?)] = [
        ("Identity", nil), ("Tanh", .tanh), ("ReLU", .relu), ("GELU", .gelu), ("SiLU", .silu), ("Sigmoid", .sigmoid),
    ]

    /// Reads the `config.json` of the module.
    ///
    /// - Throws: `JSONError`; ``BertError`` with code `invalidConfiguration` for an unknown activation, or a module
    ///   with an unsupported input.
    ///
    /// - Parameter isOfTokens: Whether the module is applied to the vector of each token.
    init(_ files: ModelFiles, path: String, ofTokens isOfTokens: Bool = false) throws {
        let config = try files.json("\(path)/config.json")
        self.path = path
        inputSize = try config.required("in_features").int(in: 1...1 << 24)
        outputSize = try config.required("out_features").int(in: 1...1 << 24)
        hasBias = try config.member("bias")?.bool() ?? true
        for key in ["module_input_name", "module_output_name"] {
            let own = isOfTokens ? "token_embeddings" : "sentence_embedding"
            guard let node = config.member(key), !node.isNull, try node.string() != own else { continue }
            let other = isOfTokens ? "SentenceEmbedder (--vectors dense)" : "TokenEmbedder (--vectors tokens)"
            let hint =
                try ["token_embeddings", "sentence_embedding"].contains(node.string()) ? "; \(other) reads it" : ""
            throw BertError(
                .invalidConfiguration, "only \(own) is supported\(hint)", file: files.path(of: "\(path)/config.json"),
                key: key, value: .string(try node.string()))
        }
        guard let node = config.member("activation_function") else {
            activation = .tanh
            return
        }
        let name = try node.string()
        guard name.hasPrefix("torch."), let known = Self.activations.first(where: { name.hasSuffix(".\($0.name)") })
        else {
            let names = Self.activations.map(\.name)
            throw BertError(
                .invalidConfiguration,
                "\(name) is not supported; supported classes of torch.nn are \(names.joined(separator: ", "))",
                file: files.path(of: "\(path)/config.json"), key: "activation_function", value: .string(name),
                choices: names)
        }
        activation = known.activation
    }

    /// Loads the weights of the module, `linear.weight` `[out, in]` and `linear.bias` `[out]`, onto a backend.
    ///
    /// - Throws: ``BertError`` with file and tensor.
    func load(_ files: ModelFiles, on backend: any ComputeBackend) throws -> DenseLayer {
        let checkpoint = try Checkpoint(files.subfolder(path))
        func tensor(_ name: String, _ shape: Shape) throws -> Tensor {
            try backend.upload(
                checkpoint.float32(name, shape: Array(shape)), shape: shape, elementType: .float32)
        }
        return DenseLayer(
            weights: try backend.prepareLinear(
                weight: tensor("linear.weight", [outputSize, inputSize]),
                bias: hasBias ? tensor("linear.bias", [outputSize]) : nil),
            activation: activation)
    }
}

/// A loaded `Dense` module: a linear layer and its activation.
struct DenseLayer: Sendable {
    let weights: PreparedLinear
    let activation: Activation?

    /// Applies the layer: `[rows, in]` → `[rows, out]`.
    func callAsFunction(_ x: Tensor, on backend: any ComputeBackend) throws -> Tensor {
        try backend.linear(x, weights, activation: activation.map(LinearActivation.elementwise), residual: nil)
    }
}
