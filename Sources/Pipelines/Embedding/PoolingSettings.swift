import BertCore
import BertJSON

/// What a folder's `1_Pooling/config.json` says.
struct PoolingSettings {
    let mode: Pooling
    /// Whether the tokens of a prompt count.
    let includesPrompt: Bool

    /// Every mode by its name since sentence-transformers 5.5 and by the switch it had before.
    private static let modes: [(name: String, key: String, pooling: Pooling)] = [
        ("cls", "pooling_mode_cls_token", .cls), ("mean", "pooling_mode_mean_tokens", .mean),
        ("max", "pooling_mode_max_tokens", .max),
        ("mean_sqrt_len_tokens", "pooling_mode_mean_sqrt_len_tokens", .meanSquareRootLength),
        ("lasttoken", "pooling_mode_lasttoken", .lastToken),
    ]

    /// - Throws: `JSONError`; ``BertError`` with code `invalidConfiguration` for modes that can't be had.
    init(_ config: JSONNode) throws {
        includesPrompt = try config.member("include_prompt")?.bool() ?? true
        var names: [String] = []
        if let node = config.member("pooling_mode") {
            names = if let name = node.value.stringValue { [name] } else { try node.elements().map { try $0.string() } }
        } else {
            for (key, node) in try config.members() where key.hasPrefix("pooling_mode_") {
                if try node.bool() { names.append(key) }
            }
        }
        guard names.count == 1, let known = Self.modes.first(where: { $0.name == names[0] || $0.key == names[0] })
        else {
            throw BertError(
                .invalidConfiguration,
                """
                the pooling modes \(names.isEmpty ? "(none)" : names.joined(separator: " and ")) can't be had; \
                exactly one of \(Self.modes.map(\.name).joined(separator: ", ")) can
                """)
        }
        mode = known.pooling
    }
}
