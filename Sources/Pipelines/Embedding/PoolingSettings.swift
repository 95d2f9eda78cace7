import BertCore
import BertJSON

/// The contents of `1_Pooling/config.json`.
struct PoolingSettings {
    /// The pooling modes, in the order in which their results are concatenated.
    let modes: [PoolingMode]
    /// Whether the tokens of a prompt are included in the pooling.
    let includesPrompt: Bool

    /// The flags in files written before sentence-transformers 5.5, in the order of the results.
    private static let switches: [(key: String, mode: PoolingMode)] = [
        ("pooling_mode_cls_token", .cls), ("pooling_mode_max_tokens", .max), ("pooling_mode_mean_tokens", .mean),
        ("pooling_mode_mean_sqrt_len_tokens", .meanSquareRootLength),
        ("pooling_mode_weightedmean_tokens", .weightedMean), ("pooling_mode_lasttoken", .lastToken),
    ]

    /// Reads `pooling_mode`, one name or several. Without it, reads the flags; the default is the mean.
    ///
    /// - Throws: `JSONError` for a value of the wrong type or an unknown mode.
    init(_ config: JSONNode) throws {
        includesPrompt = try config["include_prompt"]?.bool() ?? true
        if let node = config["pooling_mode"] {
            let nodes = node.value.stringValue == nil ? try node.elements() : [node]
            guard !nodes.isEmpty else { throw node.failure(.typeMismatch, "has no pooling mode") }
            modes = try nodes.map { node in
                guard let mode = PoolingMode(rawValue: try node.string()) else {
                    let known = PoolingMode.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
                    throw node.mismatch("one of \(known)")
                }
                return mode
            }
            return
        }
        for (key, node) in try config.members() where key.hasPrefix("pooling_mode_") {
            guard Self.switches.contains(where: { $0.key == key }) else {
                if !node.isNull, try node.bool() { throw node.failure(.typeMismatch, "is an unknown pooling mode") }
                continue
            }
        }
        let active = try Self.switches.filter { try config[$0.key]?.bool() == true }.map(\.mode)
        modes = active.isEmpty ? [.mean] : active
    }
}
