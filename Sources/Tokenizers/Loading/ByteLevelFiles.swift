import BertJSON

/// The files `vocab.json` and `merges.txt` of a byte-level BPE tokenizer without `tokenizer.json`.
struct ByteLevelFiles {
    private let vocabulary: JSONNode
    private let merges: [UInt8]
    private let mergesPath: String

    /// Reads the files; returns nil if one of them is missing.
    init?(_ files: TokenizerFiles) throws {
        guard let vocabulary = try files.json("vocab.json"), let merges = try files.bytes(of: "merges.txt") else {
            return nil
        }
        self.vocabulary = vocabulary
        self.merges = merges
        mergesPath = files.path(of: "merges.txt")
    }

    /// Returns the tokenizer parts, like `RobertaConverter` and `DebertaConverter` in `transformers`.
    func parts(_ layout: TokenizerClass.SpecialTokenLayout, _ roles: [TokenRole: String]) throws -> TokenizerParts {
        var list = TokenList(source: vocabulary.source ?? "vocab.json")
        try list.append(vocabulary.object(), vocabulary)
        var parts = TokenizerParts(source: list.source, tokens: list) { vocabulary in
            .bpe(BPEModel(vocabulary: vocabulary, merges: try mergeTable(vocabulary)))
        }
        parts.preTokenizer = [.byteLevel(addsPrefixSpace: false, splits: true, spells: true)]
        parts.decoder = DecoderChain(steps: [.byteLevel])
        parts.makeTemplate = { try layout.template(roles, $0) }
        if case .roberta = layout { parts.trimming = TokenizerParts.Trimming(isOn: true, addsPrefixSpace: false) }
        return parts
    }

    private func mergeTable(_ vocabulary: Vocabulary) throws -> MergeTable {
        var reader = MergeReader(vocabulary, prefix: "", source: mergesPath)
        var number = 0
        try merges.withUnsafeBufferPointer { text in
            try TextLines.forEach(in: text, source: mergesPath) { line throws(TokenizerError) in
                number += 1
                let text = String(decoding: line, as: UTF8.self)
                if text.isEmpty || number == 1 && text.hasPrefix("#version") { return }
                try reader.append(line: text, .line(number))
            }
        }
        return reader.table
    }
}
