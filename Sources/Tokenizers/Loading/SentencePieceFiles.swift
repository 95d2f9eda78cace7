import BertJSON

/// A sentencepiece model file, for tokenizers without `tokenizer.json`.
struct SentencePieceFiles {
    /// U+2581, which replaces spaces.
    static let space = Array("\u{2581}".utf8)

    private let model: SentencePieceModel
    private let settings: TokenizerSettings

    /// Reads the file; returns nil if it is missing.
    init?(_ files: TokenizerFiles, _ name: String, _ settings: TokenizerSettings) throws {
        guard let bytes = try files.bytes(of: name) else { return nil }
        model = try SentencePieceModel(bytes, source: files.path(of: name))
        self.settings = settings
    }

    /// Returns the tokenizer parts, like `SpmConverter` in `transformers`.
    func parts(_ layout: SentencePieceLayout) throws -> TokenizerParts {
        let (pieces, unknownID) = layout.pieces(model)
        var list = TokenList(source: model.source)
        list.reserve(pieces.count)
        for (id, piece) in pieces.enumerated() { list.append(piece.content, id: Int32(id)) }
        let tokens = list.keepingLast()
        var parts: TokenizerParts
        switch model.kind {
        case .unigram:
            parts = TokenizerParts(source: model.source, tokens: tokens) { vocabulary in
                .unigram(
                    UnigramModel(
                        vocabulary: vocabulary, trie: ByteTrie(tokens), scores: pieces.map(\.score),
                        unknownID: Int32(unknownID)))
            }
        case .bpe:
            let merges = SentencePieceMerges(tokens, pieces.map(\.score))
            let unknown = model.unknownPiece
            parts = TokenizerParts(source: model.source, tokens: tokens) { vocabulary in
                var bpe = BPEModel(vocabulary: vocabulary, merges: merges.table)
                bpe.unknownID = vocabulary.id(of: unknown)
                bpe.fusesUnknown = true
                return .bpe(bpe)
            }
        case .word, .character:
            throw TokenizerError(
                .unsupportedComponent, "the model type \(model.kind) is not supported; use unigram or bpe",
                file: model.source, key: "trainer_spec.model_type", value: .string("\(model.kind)"))
        }
        var map: CharacterMap?
        if !model.characterMap.isEmpty {
            map = CharacterMap(model.characterMap)
            guard map != nil else {
                throw TokenizerError(
                    .malformedFile, "is not a character map", file: model.source,
                    key: "normalizer_spec.precompiled_charsmap")
            }
        }
        parts.normalizer = try layout.normalizer(map, settings)
        parts.preTokenizer = try layout.preTokenizer(settings)
        parts.decoder = DecoderChain(steps: [.metaspace(replacement: Self.space, prefix: true)])
        parts.makeTemplate = { try layout.template($0, model.source) }
        parts.addedTokens = model.pieces.compactMap { piece in
            guard piece.type == .control || piece.type == .userDefined else { return nil }
            return AddedToken(piece.text, id: -1, isSpecial: piece.type == .control)
        }
        return parts
    }
}

/// The merges of a sentencepiece BPE model, reconstructed from the scores of the results like `generate_merges` in
/// `transformers`.
struct SentencePieceMerges {
    let table: MergeTable

    init(_ tokens: TokenList, _ scores: [Double]) {
        var ids: [ArraySlice<UInt8>: Int32] = [:]
        for index in tokens.ids.indices { ids[tokens.token(at: index)] = tokens.ids[index] }
        struct Merge {
            let left: Int32
            let right: Int32
            let result: Int32
            let score: Double
            let lengths: (Int, Int)
        }
        var merges: [Merge] = []
        for index in tokens.ids.indices {
            let token = tokens.token(at: index)
            let starts = token.indices.filter { token[$0] & 0xC0 != 0x80 }
            var own: [Merge] = []
            for (count, cut) in starts.enumerated().dropFirst() {
                guard let left = ids[token[..<cut]], let right = ids[token[cut...]] else { continue }
                let id = tokens.ids[index]
                own.append(
                    Merge(
                        left: left, right: right, result: id, score: scores[Int(id)],
                        lengths: (count, starts.count - count)))
            }
            merges += own.sorted { ($0.left, $0.right) < ($1.left, $1.right) }
        }
        let order = merges.indices.sorted { a, b in
            let (x, y) = (merges[a], merges[b])
            if x.score != y.score { return x.score > y.score }
            if x.lengths != y.lengths { return x.lengths > y.lengths }
            return a < b
        }
        table = MergeTable(order.map { (left: merges[$0].left, right: merges[$0].right, result: merges[$0].result) })
    }
}
