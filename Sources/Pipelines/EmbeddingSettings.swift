public import BertCore
import BertJSON
public import BertModels

/// How token vectors become one vector, as a sentence-transformers folder says.
public struct EmbeddingSettings: Sendable, Hashable {
    /// Which tokens count, and how.
    public let pooling: Pooling
    /// Whether vectors are scaled to length 1.
    public let normalizes: Bool
    /// The most tokens of a text, if the folder says.
    public let maximumLength: Int?
    /// Where pooling and normalisation were read, for people: `1_Pooling/config.json`, `--pooling`.
    public let source: String

    /// Reads `modules.json`, `1_Pooling/config.json` and `sentence_bert_config.json`.
    ///
    /// - Throws: ``BertError`` with code `invalidConfiguration` if the folder doesn't say how to pool and nobody else
    ///   does, or says something that isn't known.
    public init(_ files: ModelFiles, pooling: Pooling? = nil, normalizes: Bool? = nil) throws {
        maximumLength = try Self.maximumLength(files)
        guard files.contains("modules.json") else {
            guard let pooling else {
                throw BertError(
                    .invalidConfiguration,
                    """
                    \(files.location) has no modules.json that says how token vectors become one; say which: \
                    pooling \(Pooling.allCases.map(\.rawValue).joined(separator: ", "))
                    """)
            }
            self.pooling = pooling
            self.normalizes = normalizes ?? false
            source = "as asked for"
            return
        }
        var pooled: Pooling?
        var normalized = false
        for module in try files.json("modules.json").elements() {
            let type = try module.required("type").string()
            let path = try module.required("path").string()
            switch type.split(separator: ".").last {
            case "Transformer": continue
            case "Pooling": pooled = try Self.pooling(files.json("\(path)/config.json"))
            case "Normalize": normalized = true
            default:
                throw BertError(
                    .invalidConfiguration,
                    "\(files.location)/modules.json: modules of the type \(type) are not known; Pooling and Normalize are"
                )
            }
        }
        guard let chosen = pooling ?? pooled else {
            throw BertError(.invalidConfiguration, "\(files.location)/modules.json names no Pooling module")
        }
        self.pooling = chosen
        self.normalizes = normalizes ?? normalized
        source = pooling == nil && normalizes == nil ? "modules.json" : "modules.json, and as asked for"
    }

    /// The mode that `pooling_mode_…` switches on.
    private static func pooling(_ config: JSONNode) throws -> Pooling {
        let modes: [String: Pooling] = [
            "pooling_mode_cls_token": .cls, "pooling_mode_mean_tokens": .mean, "pooling_mode_max_tokens": .max,
            "pooling_mode_mean_sqrt_len_tokens": .meanSquareRootLength, "pooling_mode_lasttoken": .lastToken,
        ]
        var chosen: [String] = []
        for (key, node) in try config.members() where key.hasPrefix("pooling_mode_") {
            if try node.bool() { chosen.append(key) }
        }
        guard chosen.count == 1, let mode = modes[chosen[0]] else {
            throw BertError(
                .invalidConfiguration,
                """
                the pooling modes \(chosen.isEmpty ? "(none)" : chosen.joined(separator: " and ")) can't be had; \
                exactly one of \(modes.keys.sorted().joined(separator: ", ")) can
                """)
        }
        return mode
    }

    private static func maximumLength(_ files: ModelFiles) throws -> Int? {
        guard files.contains("sentence_bert_config.json") else { return nil }
        let node = try files.json("sentence_bert_config.json").member("max_seq_length")
        return try node.flatMap { $0.isNull ? nil : try $0.int(in: 1...1 << 24) }
    }
}

extension ModelFiles {
    /// A JSON file of the model.
    func json(_ name: String) throws -> JSONNode {
        try JSONNode(parsing: read(name), source: path(of: name), options: .python)
    }
}
