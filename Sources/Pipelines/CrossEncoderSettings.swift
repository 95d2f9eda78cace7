import BertCheckpoints
import BertCore
import BertJSON
import BertModels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The settings of a cross-encoder, as `CrossEncoder` in sentence-transformers reads them.
struct CrossEncoderSettings: Sendable {
    /// The function that converts the logit to a score, by the name of its class in `torch.nn`. All functions are
    /// monotonic, so they don't change the order of passages.
    enum Activation: String, Sendable, CaseIterable {
        case identity = "Identity"
        case sigmoid = "Sigmoid"
        case tanh = "Tanh"
        case relu = "ReLU"
        case softplus = "Softplus"

        func callAsFunction(_ logit: Float) -> Double {
            let x = Double(logit)
            return switch self {
            case .identity: x
            case .sigmoid: ScoreFunction.sigmoid(x)
            // The name is that of the case, too.
            case .tanh: 1 - 2 / (exp(2 * x) + 1)
            case .relu: max(x, 0)
            case .softplus: max(x, 0) + log1p(exp(-abs(x)))
            }
        }
    }

    let activation: Activation
    /// The folder's default prompt, which is prepended to queries.
    let prompt: String
    let transformer: TransformerSettings

    private static let fileName = "config_sentence_transformers.json"

    /// Reads `modules.json` and `config_sentence_transformers.json`, which sentence-transformers writes since version
    /// 5.4, or the activation function in `config.json`, where versions before stored it.
    ///
    /// - Throws: `JSONError`; ``BertError`` with code `invalidConfiguration` for unsupported modules or an unsupported
    ///   activation function.
    init(_ files: ModelFiles) throws {
        var config: JSONNode?
        if files.contains("modules.json") {
            for (kind, _, node) in try SentenceModules.modules(files) where kind != "Transformer" {
                throw BertError(
                    .invalidConfiguration, "the module \(kind) is not supported in cross-encoders; only Transformer is",
                    file: files.path(of: "modules.json"), key: node.path, value: .string(kind))
            }
            config = files.contains(Self.fileName) ? try files.json(Self.fileName) : nil
        }
        prompt = try FolderPrompts(config).text(of: nil)
        let network = try files.transformerFiles()
        transformer = try TransformerSettings(network, for: .sequenceClassification)
        let model = try network.json(BertConfig.fileName)
        activation =
            try Self.activation(config?["activation_fn"])
            ?? Self.activation(
                model["sentence_transformers"].map { $0["activation_fn"] }
                    ?? model["sbert_ce_default_activation_function"])
            ?? .sigmoid
    }

    /// Reads the path of a class; nil for classes outside of PyTorch, which sentence-transformers ignores, too, unless
    /// it is told to trust them.
    private static func activation(_ node: JSONNode?) throws -> Activation? {
        guard let node, case let path = try node.string(), path.hasPrefix("torch.") else { return nil }
        guard let known = Activation(rawValue: SentenceModules.kind(path)) else {
            throw BertError(
                .invalidConfiguration,
                "is not supported; supported classes of torch.nn are \(Activation.allCases.map(\.rawValue).joined(separator: ", "))",
                file: node.source, key: node.path, value: .string(path))
        }
        return known
    }
}
