/// The parts that all tokenizers share.
struct TokenizerCore: Sendable {
    let vocabulary: Vocabulary
    let specialTokens: SpecialTokens
    let addedTokens: [AddedToken]
    /// Whether special tokens in a text are recognized; otherwise they are split like other text.
    var findsSpecialTokens = true
    let template: SequenceTemplate
    let defaults: TokenizerDefaults
    var trimming: OffsetTrimming?
    /// The decoder; nil to join tokens with spaces.
    var decoder: DecoderChain?

    /// A finder for the added tokens that are matched in the original text.
    var verbatimFinder: AddedTokenFinder {
        AddedTokenFinder(addedTokens.filter { !$0.isNormalized }, findsSpecialTokens: findsSpecialTokens) {
            Array($0.content.utf8)
        }
    }

    /// Returns a finder for the added tokens that are matched in the normalized text. `spelling` normalizes them.
    func normalizedFinder(_ spelling: (AddedToken) -> [UInt8]) -> AddedTokenFinder {
        AddedTokenFinder(
            addedTokens.filter(\.isNormalized), findsSpecialTokens: findsSpecialTokens, spelling: spelling)
    }
}
