/// The parts that all tokenizers share.
struct TokenizerCore: Sendable {
    let vocabulary: Vocabulary
    let specialTokens: SpecialTokens
    let addedTokens: [AddedToken]
    /// Whether special tokens in a text are found; otherwise they are split like other text.
    var findsSpecialTokens = true
    let template: SequenceTemplate
    let defaults: TokenizerDefaults
    var trimming: OffsetTrimming?
    /// nil: tokens are joined with spaces.
    var decoder: DecoderChain?

    /// Looks for the added tokens in the text as it was given.
    var verbatimFinder: AddedTokenFinder {
        AddedTokenFinder(addedTokens.filter { !$0.isNormalized }, findsSpecialTokens: findsSpecialTokens) {
            Array($0.content.utf8)
        }
    }

    /// Looks for the added tokens in the normalised text; `spelling` normalises them.
    func normalizedFinder(_ spelling: (AddedToken) -> [UInt8]) -> AddedTokenFinder {
        AddedTokenFinder(
            addedTokens.filter(\.isNormalized), findsSpecialTokens: findsSpecialTokens, spelling: spelling)
    }
}
