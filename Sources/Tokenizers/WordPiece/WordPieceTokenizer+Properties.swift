extension WordPieceTokenizer {
    /// The tokens and their ids.
    public var vocabulary: Vocabulary { core.vocabulary }
    /// The ids of the special tokens by role.
    public var specialTokens: SpecialTokens { core.specialTokens }
    /// The tokens that are found in a text before it is split.
    public var addedTokens: [AddedToken] { core.addedTokens }
    /// How special tokens surround one text or two.
    public var template: SequenceTemplate { core.template }
    /// What the model's files say about how the tokenizer is used.
    public var defaults: TokenizerDefaults { core.defaults }
    /// What a piece begins with that continues a word.
    public var continuingSubwordPrefix: String? {
        model.prefix.isEmpty ? nil : String(decoding: model.prefix, as: UTF8.self)
    }

    /// The text of `ids`: pieces joined to words, and no space where English has none.
    ///
    /// Ids that the vocabulary does not have are left out.
    public func decode(_ ids: some Sequence<Int32>, skipsSpecialTokens: Bool) -> String {
        core.decode(ids, skipsSpecialTokens: skipsSpecialTokens)
    }

    /// The text of `tokens`, joined as ``decode(_:skipsSpecialTokens:)`` does.
    public func text(of tokens: [String]) -> String { core.joined(tokens.map { Array($0.utf8) }) }
}
