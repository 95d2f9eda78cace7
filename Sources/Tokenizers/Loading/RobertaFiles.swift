import BertJSON

/// The files of RoBERTa from before `tokenizer.json`: `vocab.json` and `merges.txt`.
struct RobertaFiles {
    private let vocabulary: JSONNode
    private let merges: [UInt8]
    private let mergesPath: String
    private let settings: TokenizerSettings

    init(_ vocabulary: JSONNode, _ merges: [UInt8], _ mergesPath: String, _ settings: TokenizerSettings) {
        self.vocabulary = vocabulary
        self.merges = merges
        self.mergesPath = mergesPath
        self.settings = settings
    }

    /// The byte-level BPE that `transformers` makes of these files.
    func tokenizer() throws -> PipelineTokenizer {
        let name = vocabulary.source ?? "vocab.json"
        if let type = settings.tokenizerClass, !type.hasPrefix("Roberta") {
            throw TokenizerError(
                .unsupportedComponent,
                "\(name) belongs to a \(type); without a tokenizer.json this library knows RobertaTokenizer only")
        }
        var list = TokenList(source: name)
        try list.append(vocabulary.object(), vocabulary)
        // As `RobertaTokenizer` has them where the files say nothing.
        let defaults = [
            ("cls_token", "<s>"), ("pad_token", "<pad>"), ("sep_token", "</s>"), ("unk_token", "<unk>"),
            ("mask_token", "<mask>"),
        ]
        let roles = defaults.map { role, content in
            settings.roles[role] ?? AddedToken(content, id: -1, stripsLeft: role == "mask_token")
        }
        let (vocabulary, added) = try Vocabulary.make(
            list, adding: settings.addedTokens + roles, roles: roles.map(\.content))
        func id(_ role: String) -> Int32? {
            defaults.firstIndex { $0.0 == role }.flatMap { vocabulary.id(of: roles[$0].content) }
        }
        func required(_ role: String) throws -> Int32 {
            if let id = id(role) { return id }
            throw TokenizerError(
                .missingToken, "\(name) has no token for the \(role); name the right one in tokenizer_config.json")
        }
        var model = try BPEModel(vocabulary: vocabulary, merges: mergeTable(vocabulary))
        let byteIDs = ByteAlphabet.scalars.compactMap { scalar in
            Unicode.Scalar(scalar).flatMap { vocabulary.id(ofPiece: String($0)) }
        }
        if byteIDs.count == 256 { model.byteIDs = byteIDs }
        let addsPrefixSpace = settings.addsPrefixSpace ?? false
        return PipelineTokenizer(
            vocabulary: vocabulary, model: .bpe(model), normalizer: [],
            preTokenizer: [.byteLevel(addsPrefixSpace: addsPrefixSpace, splits: true, spells: model.byteIDs == nil)],
            specialTokens: SpecialTokens(
                unknown: id("unk_token"), classification: id("cls_token"), separator: id("sep_token"),
                padding: id("pad_token"), mask: id("mask_token")),
            addedTokens: added,
            template: .roberta(classification: try required("cls_token"), separator: try required("sep_token")),
            trimming: settings.trimsOffsets ?? true
                ? OffsetTrimming(addsPrefixSpace: addsPrefixSpace, vocabulary) : nil,
            decoder: DecoderChain(steps: [.byteLevel]), modelMaxLength: settings.modelMaxLength)
    }

    private func mergeTable(_ vocabulary: Vocabulary) throws -> MergeTable {
        let position = merges.withUnsafeBufferPointer { UTF8Reader.firstInvalidByte($0) }
        if let position { throw TokenizerError(.malformedFile, "\(mergesPath) is not UTF-8: byte \(position)") }
        var reader = MergeReader(vocabulary, prefix: "", source: mergesPath)
        for (number, line) in merges.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            var line = line
            if line.last == 0x0D { line.removeLast() }
            let text = String(decoding: line, as: UTF8.self)
            if text.isEmpty || number == 0 && text.hasPrefix("#version") { continue }
            try reader.append(line: text, "line \(number + 1)")
        }
        return reader.table
    }
}
