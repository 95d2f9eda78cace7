import BertCore
import BertJSON

extension BertConfig {
    /// Returns the name that `config.json` of this family uses for a BERT key.
    func fileKey(_ key: String) -> String {
        guard let names = family.keys[key] else { return key }
        let present = names.filter { raw[$0] != nil }
        return present.first { raw[$0] != .null } ?? present.first ?? names.first ?? key
    }

    /// Returns whether the family uses a BERT key.
    func uses(_ key: String) -> Bool { !family.unusedKeys.contains(key) }

    /// The maximum number of tokens in a sequence, limited by the available positions.
    package var maximumTokens: Int {
        let rule = family.positions(self)
        return rule.limit(maxPositionEmbeddings) - rule.firstPosition
    }

    /// The width of the embedding tables, which may be narrower than the layers.
    var embeddingWidth: Int { family.embeddings(self).width }

    /// Whether layers have cross-attention to an encoder's states.
    var attendsToEncoder: Bool { family.canDecode && isDecoder && addCrossAttention }

    /// Whether attention is causal.
    var isCausal: Bool { family.canDecode && isDecoder }
}
