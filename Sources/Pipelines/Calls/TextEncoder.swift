package import BertCheckpoints
import BertCore
package import BertModels
package import BertTokenizers

extension BertConfig {
    /// Whether a model gets token types: its family has several, and the tokenizer gives them.
    package func takesTokenTypes(of tokenizer: any Tokenizer) -> Bool {
        family.tokenTypes != .none && typeVocabSize > 1 && tokenizer.defaults.hasTokenTypes
    }
}

/// A model's tokenizer and how long its texts may be.
package struct TextEncoder: Sendable {
    package let tokenizer: any Tokenizer
    /// In tokens, special ones included.
    package let maximumLength: Int
    /// Whether the model gets token types: its family has them, and the tokenizer gives them.
    package let hasTokenTypes: Bool
    private let vocabularySize: Int

    /// Reads the tokenizer's files beside a model's.
    ///
    /// - Parameters:
    ///   - maximumLength: a limit that replaces the tokenizer's.
    ///   - lowercases: whether texts, but not the special tokens in them, are made lower case first.
    package init(_ files: ModelFiles, maximumLength: Int?, config: BertConfig, lowercases: Bool = false) throws {
        tokenizer = try Tokenizers.load(
            TokenizerFiles(name: files.location) { name in files.contains(name) ? try files.read(name) : nil },
            lowercases: lowercases)
        hasTokenTypes = config.takesTokenTypes(of: tokenizer)
        let positions = config.maximumTokens
        self.maximumLength = min(positions, maximumLength ?? tokenizer.modelMaxLength ?? positions)
        vocabularySize = config.vocabSize
    }

    /// The tokens of a text or a pair.
    ///
    /// - Parameter truncation: how a pair is cut if `options` allow it.
    /// - Throws: ``BertError`` with code `tooManyTokens` or `invalidInput`.
    func encode(
        _ text: PairedText, _ options: TextOptions, truncation: Truncation = .longestFirst
    ) throws -> Encoding {
        try encode(
            text,
            EncodingOptions(maxLength: maximumLength, truncation: options.truncates ? truncation : .error))
    }

    /// The tokens of a text or a pair, in windows that overlap if `options` say so.
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

    /// A tokenizer with more tokens than the model has embeddings is another model's.
    private func checkIDs(_ encoding: Encoding) throws {
        guard let place = encoding.ids.firstIndex(where: { Int($0) >= vocabularySize }) else { return }
        throw BertError(
            .invalidInput,
            """
            the tokenizer gives "\(encoding.tokens[place])" the id \(encoding.ids[place]), but the model has \
            \(vocabularySize) tokens (vocab_size): the tokenizer's files belong to another model
            """, value: .int(Int(encoding.ids[place])), limit: .int(vocabularySize - 1))
    }

    /// How many tokens a prompt is at the start of a text, as sentence-transformers counts: all of the prompt's own but
    /// a special one at its end.
    func promptLength(_ prompt: String) throws -> Int {
        guard !prompt.isEmpty else { return 0 }
        let encoding = try tokenizer.encode(
            prompt, pair: nil, options: EncodingOptions(maxLength: maximumLength, truncation: .longestFirst))
        return encoding.count - (encoding.specialTokensMask.last == 1 ? 1 : 0)
    }
}
