import BertCore
import BertJSON

/// DeBERTa v2's and v3's own part of `config.json`.
struct DebertaV2Configuration: FamilyConfiguration {
    /// The products that positions enter attention by.
    enum Term: String, Sendable, CaseIterable {
        /// Content to position: queries meet projected distances.
        case c2p
        /// Position to content: keys meet projected distances.
        case p2c
    }

    var relativeAttention = false
    /// The greatest distance that is told apart; below 1 it is `max_position_embeddings`.
    var maxRelativePositions = -1
    /// The number of buckets of distances on either side; below 1 every distance has its own row.
    var positionBuckets = -1
    /// `pos_att_type`; no term where relative attention is off, but its terms still count for the scale.
    var terms: [Term] = []
    /// Whether the file has them as one text.
    var writesTermsAsText = false
    var shareAttentionKey = false
    /// `norm_rel_ebd`: whether the table of distances is normalised.
    var normalisesDistances = false
    var positionBiasedInput = true
    var poolerHiddenAct = HiddenActivation.gelu
    /// The width of the table of words where it is not `hidden_size`.
    var embeddingSize: Int?
    var legacy = true
    /// The size of the convolution behind the first layer; nil for none.
    var convolutionKernel: Int?
    var convolutionActivation = HiddenActivation.tanh
    /// Whether the checkpoint has the old language model head, which no class of `transformers` reads.
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
            $0.normalisesDistances = $1.isNull ? false : try $1.string().contains("layer_norm")
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

    /// `pos_att_type`: a list, or words with | between; in either order.
    private static func terms(_ node: JSONNode) throws -> [Term] {
        if node.isNull { return [] }
        if case .string(let text) = node.value {
            return try text.split(separator: "|").map { word in
                guard let term = Term(rawValue: word.lowercased()) else {
                    throw node.mismatch("\"c2p\" and \"p2c\" with | between")
                }
                return term
            }
        }
        return try node.elements().map { try $0.choice() }
    }

    /// A positive integer that is written only where it is set; 0 and null are none.
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
    /// How positions enter attention.
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
