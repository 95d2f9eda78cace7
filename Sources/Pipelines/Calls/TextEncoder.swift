package import BertCheckpoints
import BertCore
package import BertModels
package import BertTokenizers

extension BertConfig {
    /// Returns whether a model uses token types: its family has several, and the tokenizer assigns them.
    package func takesTokenTypes(of tokenizer: any Tokenizer) -> Bool {
        family.tokenTypes != .none && typeVocabSize > 1 && tokenizer.defaults.hasTokenTypes
    }
}

/// The tokenizer of a model, with the maximum length of texts.
package struct TextEncoder: Sendable {
    package let tokenizer: any Tokenizer
    /// The maximum number of tokens, including special tokens.
    package let maximumLength: Int
    /// Whether the model uses token types: its family has several, and the tokenizer assigns them.
    package let hasTokenTypes: Bool
    private let vocabularySize: Int

    /// Reads the tokenizer files of a model.
    ///
    /// - Parameters:
    ///   - maximumLength: A limit that overrides the tokenizer's.
    ///   - lowercases: Whether to convert texts to lower case first, except for special tokens in them.
    package init(_ files: ModelFiles, maximumLength: Int?, config: BertConfig, lowercases: Bool = false) throws {
        tokenizer = try Tokenizers.load(
            TokenizerFiles(name: files.location) { name in files.contains(name) ? try files.read(name) : nil },
            lowercases: lowercases)
        hasTokenTypes = config.takesTokenTypes(of: tokenizer)
        let positions = config.maximumTokens
        self.maximumLength = min(positions, maximumLength ?? tokenizer.modelMaxLength ?? positions)
        vocabularySize = config.vocabSize
    }

    /// Tokenizes a text or a pair.
    ///
    /// - Parameter truncation: The truncation of pairs, if `options` allow it.
    /// - Throws: ``BertError`` with code `tooManyTokens` or `invalidInput`.
    func encode(
        _ text: PairedText, _ options: TextOptions, truncation: Truncation = .longestFirst
    ) throws -> Encoding {
        try encode(
            text,
            EncodingOptions(maxLength: maximumLength, truncation: options.truncates ? truncation : .error))
    }

    /// Tokenizes a text or a pair, in overlapping windows if `options` specify a stride.
    ///
    /// - Throws: ``BertError`` with code `tooManyTokens` or `invalidInput`.
    package func encode(_ text: PairedText, _ options: EncodingOptions) throws -> Encoding {
        try Cancellation.check()
        let encoding: Encoding
        do { encoding = try tokenizer.encode(text.text, pair: text.pair, options: options) } catch {
            guard error.code == .tooManyTokens else { throw BertError(.invalidInput, "", cause: error) }
            let count = try? tokenizer.tokenCount(text.text, pair: text.pair)
            throw BertError(
                .tooManyTokens, error.message, value: count.map { .int($0) }, limit: options.maxLength.map { .int($0) })
        }
        for encoding in [encoding] + encoding.overflow { try checkIDs(encoding) }
        return encoding
    }

    /// Throws an error if an id exceeds the model's embeddings, which means that the tokenizer belongs to another
    /// model.
    private func checkIDs(_ encoding: Encoding) throws {
        guard let place = encoding.ids.firstIndex(where: { Int($0) >= vocabularySize }) else { return }
        throw BertError(
            .invalidInput,
            """
            the token "\(encoding.tokens[place])" has the id \(encoding.ids[place]), but the model only has \
            \(vocabularySize) tokens (vocab_size): the tokenizer belongs to another model
            """, value: .int(Int(encoding.ids[place])), limit: .int(vocabularySize - 1))
    }

    /// Returns the number of tokens that a prompt adds at the start of a text, as counted by sentence-transformers: all
    /// tokens of the prompt except a special token at its end.
    func promptLength(_ prompt: String) throws -> Int {
        guard !prompt.isEmpty else { return 0 }
        let encoding = try tokenizer.encode(
            prompt, pair: nil, options: EncodingOptions(maxLength: maximumLength, truncation: .longestFirst))
        return encoding.count - (encoding.specialTokensMask.last == 1 ? 1 : 0)
    }
}
