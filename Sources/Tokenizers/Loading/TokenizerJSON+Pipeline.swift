import BertJSON

extension TokenizerJSON {
    /// A tokenizer of the parts that the file names.
    func pipeline(_ model: JSONNode, _ type: String) throws -> PipelineTokenizer {
        let (list, scores) = try type == "Unigram" ? unigramTokens(model) : (tokens(model), [])
        let roles = settings.roles.values.map(\.content)
        let (vocabulary, added) = try Vocabulary.make(
            list, adding: addedTokens() + settings.addedTokens, roles: roles)
        var takesBytes = false
        let subwords: SubwordModel
        switch type {
        case "BPE":
            var bpe = try BPEModel(vocabulary: vocabulary, merges: merges(model, vocabulary))
            try configure(&bpe, model)
            if try endsInByteLevel() { bpe.byteIDs = Self.byteIDs(vocabulary) }
            if !bpe.continuingPrefix.isEmpty || !bpe.endSuffix.isEmpty { bpe.byteIDs = nil }
            takesBytes = bpe.byteIDs != nil
            subwords = .bpe(bpe)
        case "Unigram": subwords = .unigram(try unigram(model, list, scores, vocabulary))
        case "WordPiece":
            subwords = .wordPiece(
                WordPieceModel(
                    vocabulary: vocabulary,
                    unknownID: try required(model["unk_token"]?.string() ?? "[UNK]", vocabulary),
                    prefix: Array((try model["continuing_subword_prefix"]?.string() ?? "##").utf8),
                    maxScalarsPerWord: try model["max_input_chars_per_word"]?.int(in: 1...Int(Int32.max)) ?? 100))
        default:
            subwords = .wordLevel(unknownID: try model["unk_token"].map { try required($0.string(), vocabulary) })
        }
        let processing = try postProcessing()
        let unknown: Int32? =
            switch subwords {
            case .bpe(let model): model.unknownID
            case .unigram(let model): model.unknownID
            case .wordPiece(let model): model.unknownID
            case .wordLevel(let id): id
            }
        return PipelineTokenizer(
            vocabulary: vocabulary, model: subwords, normalizer: try normalizer(),
            preTokenizer: try preTokenizer(takesBytes: takesBytes),
            specialTokens: specialTokens(unknown, vocabulary, added), addedTokens: added,
            template: processing.template,
            trimming: processing.trimming.map { OffsetTrimming(addsPrefixSpace: $0.addsPrefixSpace, vocabulary) },
            decoder: try decoder(), modelMaxLength: settings.modelMaxLength)
    }

    private func required(_ token: String, _ vocabulary: Vocabulary) throws -> Int32 {
        if let id = vocabulary.id(of: token) { return id }
        throw TokenizerError(
            .missingToken, "\(source) has no token \"\(token)\", the unk_token of its model; add it to the vocabulary")
    }

    /// The roles as the settings name them or, where they do not, by the names that most models give them.
    private func specialTokens(_ unknown: Int32?, _ vocabulary: Vocabulary, _ added: [AddedToken]) -> SpecialTokens {
        func id(_ role: String, _ names: String...) -> Int32? {
            if let token = settings.roles[role] { return vocabulary.id(of: token.content) }
            let special = added.filter(\.isSpecial)
            return names.lazy.compactMap { name in special.first { $0.content == name }?.id }.first
        }
        return SpecialTokens(
            unknown: id("unk_token") ?? unknown ?? id("unk_token", "<unk>", "[UNK]"),
            classification: id("cls_token", "<s>", "[CLS]"), separator: id("sep_token", "</s>", "[SEP]"),
            padding: id("pad_token", "<pad>", "[PAD]"), mask: id("mask_token", "<mask>", "[MASK]"))
    }

    // MARK: BPE

    /// The ids of the characters of `ByteAlphabet`; nil if one of them is no token.
    private static func byteIDs(_ vocabulary: Vocabulary) -> [Int32]? {
        let ids = ByteAlphabet.scalars.compactMap { scalar in
            Unicode.Scalar(scalar).flatMap { vocabulary.id(ofPiece: String($0)) }
        }
        return ids.count == 256 ? ids : nil
    }

    /// The ids of `<0x00>` to `<0xFF>`, -1 for those that there are not.
    private static func fallbackIDs(_ vocabulary: Vocabulary) -> [Int32] {
        (0..<256).map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return vocabulary.id(ofPiece: "<0x\(digits.utf8.count < 2 ? "0" : "")\(digits)>") ?? -1
        }
    }

    private func configure(_ bpe: inout BPEModel, _ model: JSONNode) throws {
        if let dropout = model["dropout"], try dropout.double() != 0 {
            throw TokenizerError(
                .unsupportedComponent,
                "\(source): \(dropout.path) is \(dropout.value), which gives other tokens each time; set it to null")
        }
        bpe.unknownID = try model["unk_token"].map { try required($0.string(), bpe.vocabulary) }
        bpe.fusesUnknown = try model["fuse_unk"]?.bool() ?? false
        bpe.takesWholeWords = try model["ignore_merges"]?.bool() ?? false
        bpe.continuingPrefix = Array((try model["continuing_subword_prefix"]?.string() ?? "").utf8)
        bpe.endSuffix = Array((try model["end_of_word_suffix"]?.string() ?? "").utf8)
        if try model["byte_fallback"]?.bool() ?? false { bpe.fallbackIDs = Self.fallbackIDs(bpe.vocabulary) }
    }

    private func merges(_ model: JSONNode, _ vocabulary: Vocabulary) throws -> MergeTable {
        let node = try model.required("merges")
        guard let list = node.value.arrayValue else { throw node.mismatch("an array") }
        var reader = MergeReader(
            vocabulary, prefix: try model["continuing_subword_prefix"]?.string() ?? "", source: source)
        for (index, merge) in list.enumerated() {
            switch merge {
            case .string(let text):
                if text.hasPrefix("#version") { continue }
                try reader.append(line: text, "\(node.path)[\(index)]")
            case .array(let pair):
                guard pair.count == 2, let left = pair[0].stringValue, let right = pair[1].stringValue else {
                    throw node.failure(.typeMismatch, "expected two strings at \(index), found \(merge)")
                }
                try reader.append(left, right, "\(node.path)[\(index)]")
            default: throw node.failure(.typeMismatch, "expected a merge at \(index), found \(merge)")
            }
        }
        return reader.table
    }

    // MARK: Unigram

    private func unigramTokens(_ model: JSONNode) throws -> (list: TokenList, scores: [Double]) {
        let node = try model.required("vocab")
        guard let vocabulary = node.value.arrayValue else { throw node.mismatch("an array of tokens and scores") }
        guard !vocabulary.isEmpty else {
            throw TokenizerError(.malformedFile, "\(source): \(node.path) holds no token")
        }
        var list = TokenList(source: source)
        list.reserve(vocabulary.count)
        var scores: [Double] = []
        scores.reserveCapacity(vocabulary.count)
        for (id, entry) in vocabulary.enumerated() {
            guard case .array(let pair) = entry, pair.count == 2, let token = pair[0].stringValue,
                let score = pair[1].doubleValue, score.isFinite
            else { throw node.failure(.typeMismatch, "expected a token and a score at \(id), found \(entry)") }
            list.append(token.utf8, id: Int32(id))
            scores.append(score)
        }
        return (list, scores)
    }

    private func unigram(
        _ model: JSONNode, _ list: TokenList, _ scores: [Double], _ vocabulary: Vocabulary
    ) throws -> UnigramModel {
        guard let unknown = model["unk_id"] else {
            throw TokenizerError(
                .missingToken,
                "\(source): model.unk_id is missing, so nothing could stand for an unknown character; give the id of <unk>"
            )
        }
        var unigram = UnigramModel(
            vocabulary: vocabulary, trie: ByteTrie(list), scores: scores,
            unknownID: Int32(try unknown.int(in: 0...scores.count - 1)))
        if try model["byte_fallback"]?.bool() ?? false { unigram.fallbackIDs = Self.fallbackIDs(vocabulary) }
        return unigram
    }
}

extension Vocabulary {
    /// The id of the token that a word, or a part of one, can become.
    func id(ofPiece token: String) -> Int32? {
        var token = token
        return token.withUTF8 { id(ofWord: $0) }
    }
}
