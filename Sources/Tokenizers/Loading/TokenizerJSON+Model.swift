import BertJSON

extension TokenizerJSON {
    /// Returns the model and its tokens.
    func parts(_ model: JSONNode, _ type: String) throws -> TokenizerParts {
        switch type {
        case "BPE":
            return TokenizerParts(source: source, tokens: try tokens(model)) { vocabulary in
                var bpe = try BPEModel(vocabulary: vocabulary, merges: merges(model, vocabulary))
                try configure(&bpe, model)
                return .bpe(bpe)
            }
        case "Unigram":
            let (list, scores) = try unigramTokens(model)
            return TokenizerParts(source: source, tokens: list) { vocabulary in
                .unigram(try unigram(model, list, scores, vocabulary))
            }
        case "WordPiece":
            return TokenizerParts(source: source, tokens: try tokens(model)) { vocabulary in
                .wordPiece(
                    WordPieceModel(
                        vocabulary: vocabulary,
                        unknownID: try required(model["unk_token"]?.string() ?? "[UNK]", vocabulary),
                        prefix: Array((try model["continuing_subword_prefix"]?.string() ?? "##").utf8),
                        maxScalarsPerWord: try model["max_input_chars_per_word"]?.int(in: 1...Int(Int32.max)) ?? 100))
            }
        default:
            return TokenizerParts(source: source, tokens: try tokens(model)) { vocabulary in
                .wordLevel(unknownID: try model["unk_token"].map { try required($0.string(), vocabulary) })
            }
        }
    }

    private func required(_ token: String, _ vocabulary: Vocabulary) throws -> Int32 {
        if let id = vocabulary.id(of: token) { return id }
        throw TokenizerError(
            .missingToken, "the vocabulary has no token \"\(token)\"; add it", file: source, key: "model.unk_token",
            value: .string(token))
    }

    // MARK: BPE

    private func configure(_ bpe: inout BPEModel, _ model: JSONNode) throws {
        if let dropout = model["dropout"], try dropout.double() != 0 {
            throw TokenizerError(
                .unsupportedComponent, "is \(dropout.value), which makes tokenization random; set it to null",
                file: source,
                key: dropout.path, value: .string("\(dropout.value)"))
        }
        bpe.unknownID = try model["unk_token"].map { try required($0.string(), bpe.vocabulary) }
        bpe.fusesUnknown = try model["fuse_unk"]?.bool() ?? false
        bpe.takesWholeWords = try model["ignore_merges"]?.bool() ?? false
        bpe.continuingPrefix = Array((try model["continuing_subword_prefix"]?.string() ?? "").utf8)
        bpe.endSuffix = Array((try model["end_of_word_suffix"]?.string() ?? "").utf8)
        if try model["byte_fallback"]?.bool() ?? false { bpe.fallbackIDs = bpe.vocabulary.byteFallbackIDs }
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
                try reader.append(line: text, .key("\(node.path)[\(index)]"))
            case .array(let pair):
                guard pair.count == 2, let left = pair[0].stringValue, let right = pair[1].stringValue else {
                    throw node.failure(.typeMismatch, "expected two strings at \(index), found \(merge)")
                }
                try reader.append(left, right, .key("\(node.path)[\(index)]"))
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
            throw TokenizerError(.malformedFile, "has no tokens", file: source, key: node.path)
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
        return (list.keepingLast(), scores)
    }

    private func unigram(
        _ model: JSONNode, _ list: TokenList, _ scores: [Double], _ vocabulary: Vocabulary
    ) throws -> UnigramModel {
        guard let unknown = model["unk_id"] else {
            throw TokenizerError(
                .missingToken, "is missing, but required for unknown characters; set it to the id of <unk>",
                file: source,
                key: "model.unk_id")
        }
        var unigram = UnigramModel(
            vocabulary: vocabulary, trie: ByteTrie(list), scores: scores,
            unknownID: Int32(try unknown.int(in: 0...scores.count - 1)))
        if try model["byte_fallback"]?.bool() ?? false { unigram.fallbackIDs = vocabulary.byteFallbackIDs }
        return unigram
    }
}

extension Vocabulary {
    /// The ids of the tokens `<0x00>` to `<0xFF>` by byte; -1 for missing ones.
    var byteFallbackIDs: [Int32] {
        (0..<256).map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return id(ofPiece: "<0x\(digits.utf8.count < 2 ? "0" : "")\(digits)>") ?? -1
        }
    }

    /// Returns the id of a token that can be part of a word.
    func id(ofPiece token: String) -> Int32? {
        var token = token
        return token.withUTF8 { id(ofWord: $0) }
    }
}
