import BertCore
import BertJSON

/// The keys of `config.json` that are specific to DeBERTa v2 and v3.
struct DebertaV2Configuration: FamilyConfiguration {
    /// The position-dependent terms of the attention scores.
    enum Term: String, Sendable, CaseIterable {
        /// Content to position: queries times projected distances.
        case c2p
        /// Position to content: keys times projected distances.
        case p2c
    }

    var relativeAttention = false
    /// The greatest distinct distance; below 1 it is `max_position_embeddings`.
    var maxRelativePositions = -1
    /// The number of distance buckets on either side; below 1 there are no buckets and every distance has its own row.
    var positionBuckets = -1
    /// `pos_att_type`. The terms aren't used without relative attention, but still affect the scale.
    var terms: [Term] = []
    /// Whether the file stores the terms as a single string.
    var writesTermsAsText = false
    var shareAttentionKey = false
    /// `norm_rel_ebd`: whether the table of distances is normalized.
    var normalisesDistances = false
    var positionBiasedInput = true
    var poolerHiddenAct = HiddenActivation.gelu
    /// The width of the word embedding table, if it differs from `hidden_size`.
    var embeddingSize: Int?
    var legacy = true
    /// The kernel size of the convolution next to the first layer; nil for none.
    var convolutionKernel: Int?
    var convolutionActivation = HiddenActivation.tanh
    /// Whether the checkpoint contains the old language modeling head, which no class of `transformers` reads.
    var hasUnreadHead = false

    static let keys: [ConfigurationKey<Self>] = [
        .bool("relative_attention", \.relativeAttention), .bool("share_att_key", \.shareAttentionKey),
        .int("max_relative_positions", \.maxRelativePositions, -1...1_000_000),
        .int("position_buckets", \.positionBuckets, -1...1_000_000),
        .bool("position_biased_input", \.positionBiasedInput), .activation("pooler_hidden_act", \.poolerHiddenAct),
        .bool("legacy", \.legacy),
        ConfigurationKey("pos_att_type") {
            $0.terms = try terms($1)
            if case .string = $1.value { $0.writesTermsAsText = true }
        } write: {
            let names = $0.terms.map(\.rawValue)
            $1["pos_att_type"] =
                $0.writesTermsAsText ? .string(names.joined(separator: "|")) : .array(names.map { .string($0) })
        },
        ConfigurationKey("norm_rel_ebd") {
            let names = $1.isNull ? [] : try words($1)
            guard names.allSatisfy({ ["none", "layer_norm"].contains($0) }) else {
                throw $1.mismatch("\"none\" or \"layer_norm\"")
            }
            $0.normalisesDistances = names.contains("layer_norm")
        } write: {
            $1["norm_rel_ebd"] = .string($0.normalisesDistances ? "layer_norm" : "none")
        },
        optional("embedding_size", \.embeddingSize), optional("conv_kernel_size", \.convolutionKernel),
        ConfigurationKey("conv_act") {
            $0.convolutionActivation = try HiddenActivation($1)
        } write: {
            if $0.convolutionKernel != nil { $1["conv_act"] = .string($0.convolutionActivation.name) }
        },
        .only("conv_groups", 1), .only("attention_head_size", .null),
    ]

    /// Reads `pos_att_type`: a list, or a string with terms separated by |, in any order. Repetitions don't count.
    private static func terms(_ node: JSONNode) throws -> [Term] {
        if node.isNull { return [] }
        var terms: [Term]
        if case .string = node.value {
            terms = try words(node).map { word in
                guard let term = Term(rawValue: word) else {
                    throw node.mismatch("\"c2p\" and \"p2c\" separated by |")
                }
                return term
            }
        } else {
            terms = try node.elements().map { try $0.choice() }
        }
        return terms.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// Returns the words of a string that are separated by |, in lowercase.
    private static func words(_ node: JSONNode) throws -> [String] {
        try node.string().lowercased().split(separator: "|").map { String($0).trimmed }.filter { !$0.isEmpty }
    }

    /// Returns a key for a positive integer that is written only if it is set; 0 and null mean none.
    private static func optional(
        _ name: String, _ path: any WritableKeyPath<Self, Int?> & Sendable
    ) -> ConfigurationKey<Self> {
        ConfigurationKey(name) {
            let value = $1.isNull ? 0 : try $1.int()
            $0[keyPath: path] = value == 0 ? nil : value
        } write: {
            if let value = $0[keyPath: path] { $1[name] = .int(value) }
        } check: {
            if let value = $0[keyPath: path] { try $1.expect(name, value, 1...1_000_000) }
        }
    }
}

extension BertConfig {
    /// The parameters of disentangled attention.
    var debertaPositions: DisentangledPositions {
        let own = self[DebertaV2Configuration.self]
        let farthest = own.maxRelativePositions < 1 ? maxPositionEmbeddings : own.maxRelativePositions
        return DisentangledPositions(
            farthest: farthest, buckets: own.positionBuckets > 0 ? own.positionBuckets : nil,
            hasKeys: own.relativeAttention && own.terms.contains(.c2p),
            hasQueries: own.relativeAttention && own.terms.contains(.p2c), sharesProjections: own.shareAttentionKey,
            isNormalised: own.normalisesDistances, hasTable: own.relativeAttention)
    }
}
