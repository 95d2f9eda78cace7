/// The tokenizer of BERT, DistilBERT and MiniLM, which splits texts at white space and punctuation, and words greedily
/// into the longest tokens of the vocabulary.
///
/// Ids, offsets and word ids are identical to those of Hugging Face `tokenizers` (`BertNormalizer`, `BertPreTokenizer`,
/// `WordPiece`).
public struct WordPieceTokenizer: Tokenizer {
    /// The normalizer that is applied before splitting.
    public let normalizer: BertNormalizer

    let core: TokenizerCore
    let model: WordPieceModel
    private let table: ASCIITable
    private let verbatimFinder: AddedTokenFinder
    private let normalizedFinder: AddedTokenFinder

    init(_ core: TokenizerCore, _ model: WordPieceModel, _ normalizer: BertNormalizer) {
        self.core = core
        self.model = model
        self.normalizer = normalizer
        table = ASCIITable(normalizer)
        verbatimFinder = core.verbatimFinder
        normalizedFinder = core.normalizedFinder {
            Array($0.content.utf8).withUnsafeBufferPointer { NormalizedText($0, 0..<$0.count, normalizer).bytes }
        }
    }

    /// Splits a text into tokens, without special tokens around them.
    public func tokenize(_ text: UnsafeBufferPointer<UInt8>) -> TokenizedText {
        var builder = WordBuilder(model: model, textLength: text.count)
        verbatimFinder.forEachPart(text) { part in
            if let id = part.id {
                if core.trimming != nil {
                    builder.setSpaces(OffsetTrimming.spaces(of: UnsafeBufferPointer(rebasing: text[part.range])))
                }
                builder.appendAdded(id, part.range.lowerBound, part.range.upperBound)
            } else if normalizedFinder.isEmpty {
                split(text, part.range, &builder)
            } else {
                splitAtNormalizedTokens(text, part.range, &builder)
            }
        }
        let spaces = builder.spaces
        let tokens = builder.finish()
        guard let trimming = core.trimming else { return TokenizedText(tokens: tokens) }
        return trimming.trimmed(tokens, spaces, text)
    }

    /// Normalizes and splits a part of the text in one pass.
    private func split(_ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ builder: inout WordBuilder) {
        guard let base = text.baseAddress else { return }
        var run = CombiningRun()
        var i = range.lowerBound
        while i < range.upperBound {
            let byte = base[i]
            switch table.kinds[Int(byte)] {
            case .word:
                if !run.isEmpty { normalizer.finish(&run, into: &builder) }
                i = builder.appendVerbatim(base, from: i, to: range.upperBound, lowercase: table.lowercase)
                run.sourceOfLast = (i - 1, i)
            case .whitespace:
                if !run.isEmpty { normalizer.finish(&run, into: &builder) }
                run.sourceOfLast = (i, i + 1)
                builder.endWord()
                i += 1
            case .punctuation:
                if !run.isEmpty { normalizer.finish(&run, into: &builder) }
                run.sourceOfLast = (i, i + 1)
                builder.takePunctuation(byte, at: i)
                i += 1
            case .other:
                let (scalar, length) = UTF8Reader.scalar(base, at: i)
                normalizer.normalize(scalar, i, i + length, &run, into: &builder)
                i += length
            }
        }
        if !run.isEmpty { normalizer.finish(&run, into: &builder) }
        builder.endWord()
    }

    /// Normalizes a part of the text, finds added tokens in the result, and splits the text between them.
    private func splitAtNormalizedTokens(
        _ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ builder: inout WordBuilder
    ) {
        let normalized = NormalizedText(text, range, normalizer)
        normalized.bytes.withUnsafeBufferPointer { bytes in
            normalizedFinder.forEachPart(bytes) { part in
                if let id = part.id {
                    if core.trimming != nil {
                        builder.setSpaces(OffsetTrimming.spaces(of: UnsafeBufferPointer(rebasing: bytes[part.range])))
                    }
                    let source = normalized.source(part.range)
                    builder.appendAdded(id, source.lowerBound, source.upperBound)
                    return
                }
                guard let base = bytes.baseAddress else { return }
                var i = part.range.lowerBound
                while i < part.range.upperBound {
                    let (scalar, length) = UTF8Reader.scalar(base, at: i)
                    let source = normalized.source(i..<i + length)
                    builder.take(scalar, source.lowerBound, source.upperBound)
                    i += length
                }
                builder.endWord()
            }
        }
    }
}
