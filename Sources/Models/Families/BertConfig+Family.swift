import BertCore
import BertJSON

extension BertConfig {
    /// What `config.json` calls a value that BERT's calls `key`.
    func fileKey(_ key: String) -> String {
        guard let names = family.keys[key] else { return key }
        return names.first { raw[$0] != nil } ?? names.first ?? key
    }

    /// Whether the family has a key of BERT's.
    func uses(_ key: String) -> Bool { !family.unusedKeys.contains(key) }

    /// The most tokens of a sequence that there are positions for.
    package var maximumTokens: Int {
        let rule = family.positions(self)
        return rule.limit(maxPositionEmbeddings) - rule.firstPosition
    }

    /// The width of the embedding tables, which may be narrower than the layers.
    var embeddingWidth: Int { family.embeddings(self).width }

    /// Whether layers also attend to an encoder's states.
    var attendsToEncoder: Bool { family.canDecode && isDecoder && addCrossAttention }

    /// Whether tokens see only those before them.
    var isCausal: Bool { family.canDecode && isDecoder }
}
