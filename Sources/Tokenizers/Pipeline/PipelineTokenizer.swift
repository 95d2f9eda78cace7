/// A tokenizer composed of a normalizer, a pre-tokenizer, a model and a decoder, as in `tokenizer.json`.
///
/// Examples are RoBERTa's byte-level BPE and the Unigram models of ALBERT, XLM-R and CamemBERT. Ids, offsets and word
/// ids are identical to those of Hugging Face `tokenizers`.
public struct PipelineTokenizer: Tokenizer {
    let core: TokenizerCore
    let model: SubwordModel
    private let normalizer: [NormalizerStep]
    private let preTokenizer: [PreTokenizerStep]
    private let verbatimFinder: AddedTokenFinder
    private let normalizedFinder: AddedTokenFinder
    /// Whether `ByteLevelSplitter` can be applied to the unmodified text.
    private let splitsVerbatim: Bool
    /// Whether it can be applied to ASCII texts, which the normalizer doesn't change.
    private let splitsASCIIVerbatim: Bool
    private let pool = PipelineMemoryPool()

    init(
        _ core: TokenizerCore, _ model: SubwordModel, normalizer: [NormalizerStep], preTokenizer: [PreTokenizerStep]
    ) {
        self.core = core
        self.model = model
        self.normalizer = normalizer
        self.preTokenizer = preTokenizer
        verbatimFinder = core.verbatimFinder
        normalizedFinder = core.normalizedFinder { token in
            var pieces = PreTokenizedText()
            Array(token.content.utf8).withUnsafeBufferPointer { pieces.text.load($0, 0..<$0.count) }
            pieces.normalize(normalizer)
            return pieces.text.bytes
        }
        splitsASCIIVerbatim =
            if preTokenizer.count == 1,
                case .byteLevel(addsPrefixSpace: false, splits: true, spells: false) = preTokenizer[0]
            { normalizer.allSatisfy { if case .unicode = $0 { true } else { false } } } else { false }
        splitsVerbatim = splitsASCIIVerbatim && normalizer.isEmpty && normalizedFinder.isEmpty
    }

    /// Splits a text into tokens, without special tokens around them.
    public func tokenize(_ text: UnsafeBufferPointer<UInt8>) -> TokenizedText {
        pool.withMemory { memory in
            var output = Output(capacity: text.count / 4 + 2)
            verbatimFinder.forEachPart(text) { part in
                if let id = part.id {
                    let spaces =
                        core.trimming == nil
                        ? (0, 0) : OffsetTrimming.spaces(of: UnsafeBufferPointer(rebasing: text[part.range]))
                    output.append(added: id, part.range, spaces)
                } else if splitsVerbatim {
                    splitVerbatim(text, part.range, memory, &output)
                } else if splitsASCIIVerbatim, UTF8Reader.isASCII(UnsafeBufferPointer(rebasing: text[part.range])) {
                    splitASCII(text, part.range, memory, &output)
                } else {
                    memory.pieces.text.load(text, part.range)
                    memory.pieces.normalize(normalizer)
                    splitNormalized(memory, &output)
                }
            }
            guard let trimming = core.trimming else { return TokenizedText(tokens: output.tokens) }
            return trimming.trimmed(output.tokens, output.spaces, text)
        }
    }

    /// The tokens so far.
    private struct Output {
        var tokens: [Token] = []
        var words: Int32 = 0
        /// The spaces of tokens whose text differs from their vocabulary form, by index: unknown tokens, and added
        /// tokens, which can include white space.
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

    /// Splits a part of the unmodified text.
    private func splitVerbatim(
        _ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ memory: PipelineMemory, _ output: inout Output
    ) {
        guard let base = text.baseAddress else { return }
        ByteLevelSplitter.forEachWord(base, range) { word in
            let found = pieces(of: UnsafeBufferPointer(rebasing: text[word]), memory)
            for piece in memory.cache.pieces[found] {
                // The offsets of a token that ends inside of a scalar include the whole scalar.
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

    /// Splits a part of the text that doesn't change in normalization.
    private func splitASCII(
        _ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ memory: PipelineMemory, _ output: inout Output
    ) {
        let bytes = UnsafeBufferPointer(rebasing: text[range])
        normalizedFinder.forEachPart(bytes) { part in
            let place = range.lowerBound + part.range.lowerBound..<range.lowerBound + part.range.upperBound
            if let id = part.id {
                let spaces =
                    core.trimming == nil
                    ? (0, 0) : OffsetTrimming.spaces(of: UnsafeBufferPointer(rebasing: bytes[part.range]))
                output.append(added: id, place, spaces)
            } else {
                splitVerbatim(text, place, memory, &output)
            }
        }
    }

    /// Finds added tokens in the normalized text, and splits the text between them.
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
                    core.trimming == nil
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
        // Unknown tokens are trimmed by the spaces of their text instead of their vocabulary form.
        let unspelled: Int32? =
            if core.trimming != nil, case .unigram(let model) = model { model.unknownID } else { nil }
        pieces.text.bytes.withUnsafeBufferPointer { bytes in
            pieces.text.starts.withUnsafeBufferPointer { starts in
                pieces.text.ends.withUnsafeBufferPointer { ends in
                    for split in pieces.splits {
                        let found = self.pieces(of: UnsafeBufferPointer(rebasing: bytes[split]), memory)
                        for piece in memory.cache.pieces[found] {
                            var (start, end) = (piece.start, piece.end)
                            // Byte-fallback tokens can have ranges that exceed the word.
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

    /// Returns the range of a word's tokens in the cache.
    @inline(__always)
    private func pieces(of word: UnsafeBufferPointer<UInt8>, _ memory: PipelineMemory) -> Range<Int> {
        let hash = WordCache.hash(word)
        return memory.cache.find(word, hash) ?? add(word, hash, memory)
    }

    @inline(never)
    private func add(_ word: UnsafeBufferPointer<UInt8>, _ hash: UInt64, _ memory: PipelineMemory) -> Range<Int> {
        memory.cache.add(word, hash) { model.split(word, core.vocabulary, &memory.model, into: &$0) }
    }
}
