import BertCheckpoints
import BertCore
import BertJSON
import BertModels

/// The modules of a sentence-transformers folder, which are applied to token vectors in order: `modules.json`.
struct SentenceModules {
    /// A module after the pooling.
    enum Step: Sendable, Hashable {
        case dense(DenseSettings)
        case layerNorm(path: String, size: Int)
        case normalize
    }

    let pooling: PoolingSettings?
    let steps: [Step]

    private static let fileName = "modules.json"

    /// Returns the class and folder of each module. The class has no Python module, because that has changed between
    /// versions.
    static func modules(_ files: ModelFiles) throws -> [(kind: String, path: String, node: JSONNode)] {
        try files.json(fileName).elements().map { module in
            let type = try module.required("type")
            let kind = Self.kind(try type.string())
            // Python joins the path to the folder's: `./1_Pooling/` is `1_Pooling`.
            var steps = try module.required("path").string().split(separator: "/", omittingEmptySubsequences: false)
            while let last = steps.last, last.isEmpty { steps.removeLast() }
            steps.removeAll { $0 == "." }
            return (kind, steps.joined(separator: "/"), type)
        }
    }

    /// Returns a class name without its Python module.
    static func kind(_ type: String) -> String { type.split(separator: ".").last.map(String.init) ?? "" }

    /// Returns the folder of the module `Transformer`, empty for the model's own folder; nil if there is no such
    /// module.
    static func transformerPath(_ files: ModelFiles) throws -> String? {
        try modules(files).first { $0.kind == "Transformer" }?.path
    }

    /// Reads the modules.
    ///
    /// - Parameter areOfTokens: Whether the modules compute one vector per token, for late interaction.
    /// - Throws: `JSONError`; ``BertError`` with code `invalidConfiguration` for unknown modules or an unsupported
    ///   order.
    init(_ files: ModelFiles, ofTokens areOfTokens: Bool = false) throws {
        var pooling: PoolingSettings?
        var steps: [Step] = []
        for (kind, path, node) in try Self.modules(files) {
            switch kind {
            // Dropout has no effect in inference.
            case "Transformer", "Dropout": continue
            case "MultiVectorMask" where areOfTokens: continue
            case "Pooling":
                guard pooling == nil, steps.isEmpty else {
                    throw Self.failure(files, "Pooling must appear exactly once, before the other modules", node)
                }
                pooling = try PoolingSettings(files.json("\(path)/config.json"))
            case "Dense": steps.append(.dense(try DenseSettings(files, path: path, ofTokens: areOfTokens)))
            case "LayerNorm":
                let size = try files.json("\(path)/config.json").required("dimension").int(in: 1...1 << 24)
                steps.append(.layerNorm(path: path, size: size))
            case "Normalize": steps.append(.normalize)
            case "SpladePooling", "MLMTransformer", "Router", "MultiVectorMask":
                let reader =
                    kind == "MultiVectorMask" ? "TokenEmbedder (--vectors tokens)" : "SparseEmbedder (--vectors sparse)"
                throw Self.failure(
                    files, "the module \(kind) doesn't produce a single dense vector; \(reader) reads it", node)
            default:
                throw Self.failure(
                    files,
                    """
                    the module \(kind) is not supported; supported modules are Transformer, Pooling, Dense, LayerNorm, Dropout and Normalize
                    """, node)
            }
        }
        self.pooling = pooling
        self.steps = steps
    }

    private static func failure(_ files: ModelFiles, _ reason: String, _ node: JSONNode) -> BertError {
        BertError(
            .invalidConfiguration, reason, file: files.path(of: fileName), key: "type",
            value: node.value.stringValue.map(BertError.Value.string))
    }
}
