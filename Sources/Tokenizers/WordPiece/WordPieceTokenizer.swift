/// The tokenizer of BERT, DistilBERT and MiniLM: words by white space and punctuation, split greedily into the longest
/// pieces the vocabulary has.
///
/// Ids, offsets and word ids equal those of Hugging Face `tokenizers` (`BertNormalizer`, `BertPreTokenizer`, `WordPiece`).
public struct WordPieceTokenizer: Tokenizer {
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
    /// What is done to a text before it is split.
    public let normalizer: BertNormalizer

    let model: WordPieceModel
    let decoder: WordPieceDecoder
    private let table: ASCIITable
    private let verbatimFinder: AddedTokenFinder
    private let normalizedFinder: AddedTokenFinder

    init(
        model: WordPieceModel, normalizer: BertNormalizer, specialTokens: SpecialTokens, addedTokens: [AddedToken],
        template: SequenceTemplate, modelMaxLength: Int?, decoder: WordPieceDecoder
    ) {
        self.model = model
        self.normalizer = normalizer
        self.specialTokens = specialTokens
        self.addedTokens = addedTokens
        self.template = template
        self.modelMaxLength = modelMaxLength
        self.decoder = decoder
        vocabulary = model.vocabulary
        table = ASCIITable(normalizer)
        verbatimFinder = AddedTokenFinder(addedTokens.filter { !$0.isNormalized }) { Array($0.content.utf8) }
        normalizedFinder = AddedTokenFinder(addedTokens.filter(\.isNormalized)) {
            Array($0.content.utf8).withUnsafeBufferPointer { NormalizedText($0, 0..<$0.count, normalizer).bytes }
        }
    }

    /// Splits a text into tokens, without special tokens around them.
    public func tokenize(_ text: UnsafeBufferPointer<UInt8>) -> TokenizedText {
        var builder = WordBuilder(model: model, textLength: text.count)
        verbatimFinder.forEachPart(text) { part in
            if let id = part.id {
                builder.appendAdded(id, part.range.lowerBound, part.range.upperBound)
            } else if normalizedFinder.isEmpty {
                split(text, part.range, &builder)
            } else {
                splitAtNormalizedTokens(text, part.range, &builder)
            }
        }
        return TokenizedText(tokens: builder.finish())
    }

    /// Normalises and splits a part of the text in one pass.
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

    /// Normalises a part of the text, finds added tokens in the result, and splits what lies between.
    private func splitAtNormalizedTokens(
        _ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ builder: inout WordBuilder
    ) {
        let normalized = NormalizedText(text, range, normalizer)
        normalized.bytes.withUnsafeBufferPointer { bytes in
            normalizedFinder.forEachPart(bytes) { part in
                if let id = part.id {
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
