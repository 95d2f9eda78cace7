import BertCheckpoints
import BertCore
import BertJSON
import BertModels

/// What a sentence-transformers folder does with token vectors, one module after the other: `modules.json`.
struct SentenceModules {
    /// A module behind the pooling.
    enum Step: Sendable, Hashable {
        case dense(DenseSettings)
        case normalize
    }

    let pooling: PoolingSettings?
    let steps: [Step]

    /// - Throws: `JSONError`; ``BertError`` with code `invalidConfiguration` for modules that aren't known or stand in
    ///   another order than pooling first.
    init(_ files: ModelFiles) throws {
        var pooling: PoolingSettings?
        var steps: [Step] = []
        for module in try files.json("modules.json").elements() {
            let type = try module.required("type").string()
            let path = try module.required("path").string()
            let kind = type.split(separator: ".").last
            switch kind {
            case "Transformer": continue
            case "Pooling" where pooling == nil && steps.isEmpty:
                pooling = try PoolingSettings(files.json("\(path)/config.json"))
            case "Pooling":
                throw BertError(
                    .invalidConfiguration, "\(files.path(of: "modules.json")): a second or late Pooling can't be had")
            case "Dense": steps.append(.dense(try DenseSettings(files, path: path)))
            case "Normalize": steps.append(.normalize)
            default:
                throw BertError(
                    .invalidConfiguration,
                    """
                    \(files.path(of: "modules.json")): modules of the type \(type) are not known; Transformer, \
                    Pooling, Dense and Normalize are
                    """)
            }
        }
        self.pooling = pooling
        self.steps = steps
    }
}
