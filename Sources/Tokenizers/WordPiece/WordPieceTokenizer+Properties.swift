extension WordPieceTokenizer {
    /// The tokens and their ids.
    public var vocabulary: Vocabulary { core.vocabulary }
    /// The ids of the special tokens by role.
    public var specialTokens: SpecialTokens { core.specialTokens }
    /// The tokens that are matched in a text before it is split.
    public var addedTokens: [AddedToken] { core.addedTokens }
    /// The placement of special tokens around a text or a pair.
    public var template: SequenceTemplate { core.template }
    /// The defaults from the model's files.
    public var defaults: TokenizerDefaults { core.defaults }
    /// The prefix of tokens that continue a word.
    public var continuingSubwordPrefix: String? {
        model.prefix.isEmpty ? nil : String(decoding: model.prefix, as: UTF8.self)
    }

    /// Returns the text of `ids`, with tokens joined to words and spaces before English punctuation removed.
    ///
    /// Ids that aren't in the vocabulary are skipped.
    public func decode(_ ids: some Sequence<Int32>, skipsSpecialTokens: Bool) -> String {
        core.decode(ids, skipsSpecialTokens: skipsSpecialTokens)
    }

    /// Returns the text of `tokens`, joined like in ``decode(_:skipsSpecialTokens:)``.
    public func text(of tokens: [String]) -> String { core.joined(tokens.map { Array($0.utf8) }) }
}
