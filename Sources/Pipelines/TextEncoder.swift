import BertCheckpoints
import BertCore
import BertModels
import BertTokenizers

/// A model's tokenizer and how long its texts may be.
struct TextEncoder: Sendable {
    let tokenizer: any Tokenizer
    /// In tokens, special ones included.
    let maximumLength: Int

    /// Reads the tokenizer's files beside a model's.
    init(_ files: ModelFiles, maximumLength: Int?, config: BertConfig) throws {
        tokenizer = try Tokenizers.load(
            TokenizerFiles(name: files.location) { name in files.contains(name) ? try files.read(name) : nil })
        let positions = config.maximumTokens
        self.maximumLength = min(positions, maximumLength ?? tokenizer.modelMaxLength ?? positions)
    }

    /// The tokens of each text.
    ///
    /// - Throws: ``BertError`` with code `invalidInput` that names the text's number.
    func encode(_ texts: [String], _ options: TextOptions) throws -> [Encoding] {
        try encode(texts.map { PairedText($0) }, options)
    }

    /// The tokens of each text or pair.
    ///
    /// - Parameter truncation: how a pair is cut if `options` allow it.
    /// - Throws: ``BertError`` with code `invalidInput` that names the text's number.
    func encode(
        _ texts: [PairedText], _ options: TextOptions, truncation: Truncation = .longestFirst
    ) throws -> [Encoding] {
        let encodingOptions = EncodingOptions(
            maxLength: maximumLength, truncation: options.truncates ? truncation : .error)
        return try texts.enumerated().map { index, text in
            try Cancellation.check()
            do { return try tokenizer.encode(text.text, pair: text.pair, options: encodingOptions) } catch {
                throw BertError(.invalidInput, "text \(index)", cause: error)
            }
        }
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
