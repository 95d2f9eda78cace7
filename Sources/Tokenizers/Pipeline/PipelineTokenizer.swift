/// A tokenizer that is put together of parts: a normalizer, a pre-tokenizer, a model and a decoder, as a `tokenizer.json`
/// names them. RoBERTa's byte-level BPE and the Unigram of ALBERT, XLM-R and CamemBERT are such.
///
/// Ids, offsets and word ids equal those of Hugging Face `tokenizers`.
public struct PipelineTokenizer: Tokenizer {
    /// The tokens and their ids.
    public let vocabulary: Vocabulary
    /// The tokens with a role of their own.
    public let specialTokens: SpecialTokens
    /// The tokens that are found in a text before anything else is done to it.
    public let addedTokens: [AddedToken]
    /// How special tokens are put around one text or two.
    public let template: SequenceTemplate
    /// The most tokens the model takes, as its files say.
    public let modelMaxLength: Int?

    let decoder: DecoderChain?
    let model: SubwordModel
    private let normalizer: [NormalizerStep]
    private let preTokenizer: [PreTokenizerStep]
    private let trimming: OffsetTrimming?
    private let verbatimFinder: AddedTokenFinder
    private let normalizedFinder: AddedTokenFinder
    /// Whether words are found in the text as it stands, by `ByteLevelSplitter`.
    private let splitsVerbatim: Bool
    private let pool = PipelineMemoryPool()

    init(
        vocabulary: Vocabulary, model: SubwordModel, normalizer: [NormalizerStep], preTokenizer: [PreTokenizerStep],
        specialTokens: SpecialTokens, addedTokens: [AddedToken], template: SequenceTemplate, trimming: OffsetTrimming?,
        decoder: DecoderChain?, modelMaxLength: Int?
    ) {
        self.vocabulary = vocabulary
        self.model = model
        self.normalizer = normalizer
        self.preTokenizer = preTokenizer
        self.specialTokens = specialTokens
        self.addedTokens = addedTokens
        self.template = template
        self.trimming = trimming
        self.decoder = decoder
        self.modelMaxLength = modelMaxLength
        verbatimFinder = AddedTokenFinder(addedTokens.filter { !$0.isNormalized }) { Array($0.content.utf8) }
        normalizedFinder = AddedTokenFinder(addedTokens.filter(\.isNormalized)) { token in
            var pieces = PreTokenizedText()
            Array(token.content.utf8).withUnsafeBufferPointer { pieces.text.load($0, 0..<$0.count) }
            pieces.normalize(normalizer)
            return pieces.text.bytes
        }
        splitsVerbatim =
            if normalizer.isEmpty, normalizedFinder.isEmpty, preTokenizer.count == 1,
                case .byteLevel(addsPrefixSpace: false, splits: true, spells: false) = preTokenizer[0]
            { true } else { false }
    }

    /// Splits a text into tokens, without special tokens around them.
    public func tokenize(_ text: UnsafeBufferPointer<UInt8>) -> TokenizedText {
        pool.withMemory { memory in
            var output = Output(capacity: text.count / 4 + 2)
            verbatimFinder.forEachPart(text) { part in
                if let id = part.id {
                    let spaces =
                        trimming == nil
                        ? (0, 0) : OffsetTrimming.spaces(of: UnsafeBufferPointer(rebasing: text[part.range]))
                    output.append(added: id, part.range, spaces)
                } else if splitsVerbatim {
                    splitVerbatim(text, part.range, memory, &output)
                } else {
                    memory.pieces.text.load(text, part.range)
                    memory.pieces.normalize(normalizer)
                    splitNormalized(memory, &output)
                }
            }
            return finish(output, text)
        }
    }

    /// The tokens so far.
    private struct Output {
        var tokens: [Token] = []
        var words: Int32 = 0
        /// The spaces of tokens that are not as the vocabulary spells them, by their place: unknown ones, and added ones,
        /// which may have taken white space with them.
        var spaces: [Int: (leading: Int, trailing: Int)] = [:]

        init(capacity: Int) { tokens.reserveCapacity(capacity) }

        mutating func append(added id: Int32, _ range: Range<Int>, _ spaces: (leading: Int, trailing: Int)) {
            if spaces != (0, 0) { self.spaces[tokens.count] = spaces }
            tokens.append(
                Token(
                    id: id, start: UInt32(truncatingIfNeeded: range.lowerBound),
                    end: UInt32(truncatingIfNeeded: range.upperBound), word: words))
            words += 1
        }
    }

    /// Splits a part of the text as it stands.
    private func splitVerbatim(
        _ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ memory: PipelineMemory, _ output: inout Output
    ) {
        guard let base = text.baseAddress else { return }
        ByteLevelSplitter.forEachWord(base, range) { word in
            let found = pieces(of: UnsafeBufferPointer(rebasing: text[word]), memory)
            for piece in memory.cache.pieces[found] {
                // A token that ends inside a scalar stands for all of it.
                var start = word.lowerBound + Int(piece.start)
                var end = word.lowerBound + Int(piece.end)
                while start > 0, base[start] & 0xC0 == 0x80 { start -= 1 }
                while end < text.count, base[end] & 0xC0 == 0x80 { end += 1 }
                output.tokens.append(
                    Token(
                        id: piece.id, start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: end),
                        word: output.words))
            }
            output.words += 1
        }
    }

    /// Finds added tokens in the normalised text, and splits what lies between.
    private func splitNormalized(_ memory: PipelineMemory, _ output: inout Output) {
        guard memory.pieces.text.count > 0 else { return }
        guard !normalizedFinder.isEmpty else { return split(&memory.pieces, memory, &output) }
        var parts: [AddedTokenFinder.Part] = []
        memory.pieces.text.bytes.withUnsafeBufferPointer { bytes in
            normalizedFinder.forEachPart(bytes) { parts.append($0) }
        }
        if parts.count == 1, parts[0].id == nil { return split(&memory.pieces, memory, &output) }
        for part in parts {
            if let id = part.id {
                let text = memory.pieces.text
                let spaces =
                    trimming == nil
                    ? (0, 0) : text.bytes[part.range].withUnsafeBufferPointer(OffsetTrimming.spaces(of:))
                let start = Int(text.starts[part.range.lowerBound])
                let end = Int(text.ends[part.range.upperBound - 1])
                output.append(added: id, start..<max(start, end), spaces)
            } else {
                memory.part.text.removeAll()
                memory.part.text.append(memory.pieces.text, part.range)
                memory.part.text.origin = memory.part.text.starts[0]
                split(&memory.part, memory, &output)
            }
        }
    }

    private func split(_ pieces: inout PreTokenizedText, _ memory: PipelineMemory, _ output: inout Output) {
        pieces.splits.removeAll(keepingCapacity: true)
        pieces.splits.append(0..<pieces.text.count)
        for step in preTokenizer { step.apply(to: &pieces) }
        // What stands for unknown characters is trimmed by these, as they are.
        let unspelled: Int32? = if trimming != nil, case .unigram(let model) = model { model.unknownID } else { nil }
        pieces.text.bytes.withUnsafeBufferPointer { bytes in
            pieces.text.starts.withUnsafeBufferPointer { starts in
                pieces.text.ends.withUnsafeBufferPointer { ends in
                    for split in pieces.splits {
                        let found = self.pieces(of: UnsafeBufferPointer(rebasing: bytes[split]), memory)
                        for piece in memory.cache.pieces[found] {
                            var (start, end) = (piece.start, piece.end)
                            // Tokens of byte fallback can claim more bytes than the word has.
                            if Int(end) <= split.count, start < end {
                                let range = split.lowerBound + Int(piece.start)..<split.lowerBound + Int(piece.end)
                                start = starts[range.lowerBound]
                                end = ends[range.upperBound - 1]
                                if piece.id == unspelled {
                                    output.spaces[output.tokens.count] = OffsetTrimming.spaces(
                                        of: UnsafeBufferPointer(rebasing: bytes[range]))
                                }
                            }
                            output.tokens.append(Token(id: piece.id, start: start, end: end, word: output.words))
                        }
                        output.words += 1
                    }
                }
            }
        }
    }

    /// Where in the cache the tokens of a word are.
    @inline(__always)
    private func pieces(of word: UnsafeBufferPointer<UInt8>, _ memory: PipelineMemory) -> Range<Int> {
        let hash = WordCache.hash(word)
        return memory.cache.find(word, hash) ?? add(word, hash, memory)
    }

    @inline(never)
    private func add(_ word: UnsafeBufferPointer<UInt8>, _ hash: UInt64, _ memory: PipelineMemory) -> Range<Int> {
        memory.cache.add(word, hash) { model.split(word, vocabulary, &memory.model, into: &$0) }
    }

    private func finish(_ output: consuming Output, _ text: UnsafeBufferPointer<UInt8>) -> TokenizedText {
        var tokens = output.tokens
        guard let trimming else { return TokenizedText(tokens: tokens) }
        var leading: [Int: Range<UInt32>] = [:]
        for i in tokens.indices {
            let spaces = output.spaces[i] ?? trimming.spaces(of: tokens[i].id)
            guard spaces.leading > 0 || spaces.trailing > 0 else { continue }
            let trimmed = trimming.trim(tokens[i], spaces, text, isFirst: i == 0)
            if trimming.addsPrefixSpace, spaces.leading == 1, i > 0 {
                let first = trimming.trim(tokens[i], spaces, text, isFirst: true)
                if first != trimmed { leading[i] = first.start..<first.end }
            }
            (tokens[i].start, tokens[i].end) = trimmed
        }
        return TokenizedText(tokens: tokens, rangesAsFirst: leading)
    }
}
