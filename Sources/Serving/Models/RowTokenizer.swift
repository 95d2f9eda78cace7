import BertCheckpoints
import BertCore
import BertModels
import BertPipelines
import BertTokenizers

/// The tokenizer of a served model, with the maximum length of texts.
struct RowTokenizer: Sendable {
    let tokenizer: any Tokenizer
    /// The maximum length in tokens, including special tokens.
    let maximumLength: Int
    /// Whether the model has token types: both its family and the tokenizer support them.
    let hasTokenTypes: Bool

    /// The truncation of texts that exceed the maximum length.
    struct Cutting: Sendable, Hashable {
        var truncates = true
        /// The end to truncate, or nil for the default of the model's tokenizer.
        var side: Side?
        var strategy = Truncation.longestFirst
        /// The maximum number of tokens, if it is lower than the model's.
        var limit: Int?
    }

    init(_ files: ModelFiles, _ config: BertConfig, maximumLength: Int?, lowercases: Bool = false) throws {
        tokenizer = try Tokenizers.load(
            TokenizerFiles(name: files.location) { name in files.contains(name) ? try files.read(name) : nil },
            lowercases: lowercases)
        hasTokenTypes = config.takesTokenTypes(of: tokenizer)
        let positions = config.maximumTokens
        self.maximumLength = min(positions, maximumLength ?? tokenizer.modelMaxLength ?? positions)
    }

    /// Returns the tokens of a text or pair.
    ///
    /// - Parameter parameter: The name of the text in errors, such as `input[1]`.
    /// - Throws: ``ServingError`` with code `tooManyTokens` or `tokenizer`.
    func encode(
        _ text: String, pair: String? = nil, _ cutting: Cutting = Cutting(), parameter: String?
    ) throws(ServingError) -> Encoding {
        let options = EncodingOptions(
            maxLength: min(maximumLength, cutting.limit ?? maximumLength),
            truncation: cutting.truncates ? cutting.strategy : .error, truncationSide: cutting.side)
        let text = cutting.truncates && side(cutting) == .right && pair == nil ? beginning(of: text) : text
        do {
            return try tokenizer.encode(text, pair: pair, options: options)
        } catch {
            if error.code == .tooManyTokens {
                let count = (try? tokenizer.tokenCount(text, pair: pair)) ?? 0
                throw ServingError(
                    .tooManyTokens,
                    """
                    \(count) tokens, including special tokens, but the model supports at most \(maximumLength); shorten it, or set \
                    truncate to true
                    """, parameter: parameter)
            }
            throw ServingError(.tokenizer, error.description, parameter: parameter)
        }
    }

    /// The mask of masked language models.
    var maskToken: String? { tokenizer.specialTokens.mask.flatMap { tokenizer.vocabulary.token($0) } }

    private func side(_ cutting: Cutting) -> Side { cutting.side ?? tokenizer.defaults.truncationSide }

    /// Returns the beginning of a very long text that can affect the truncated result. The time for megabytes of text
    /// is then about the same as for a text that fits.
    private func beginning(of text: String) -> String {
        // No token of these vocabularies is close to 1,000 bytes long. The text is cut between words.
        let enough = max(65_536, maximumLength * 256)
        guard text.utf8.count > enough * 2 else { return text }
        var end = text.utf8.index(text.utf8.startIndex, offsetBy: enough)
        while end < text.utf8.endIndex, text.utf8[end] != UInt8(ascii: " "), text.utf8[end] != UInt8(ascii: "\n") {
            end = text.utf8.index(after: end)
        }
        let prefix = String(text[..<end])
        // Long whitespace or long words may result in too few tokens. In this case, the whole text is used.
        let count = (try? tokenizer.tokenCount(prefix)) ?? 0
        return count >= maximumLength ? prefix : text
    }

    /// Returns token ids given by a caller.
    ///
    /// - Throws: ``ServingError`` for ids outside the vocabulary, or for too many ids.
    func ids(
        _ ids: [Int], _ cutting: Cutting, vocabulary: Int, parameter: String
    ) throws(ServingError) -> [Int32] {
        guard !ids.isEmpty else {
            throw ServingError(.emptyInput, "the list of token ids is empty", parameter: parameter)
        }
        for (place, id) in ids.enumerated() where id < 0 || id >= vocabulary {
            throw ServingError.invalid(
                "\(parameter)[\(place)]",
                """
                the token id \(id) is not in this model's vocabulary, whose ids are 0 to \(vocabulary - 1). Ids of \
                another tokenizer can't be used; LangChain sends ids of OpenAI's tokenizer unless it is created with \
                check_embedding_ctx_length=False
                """)
        }
        let limit = min(maximumLength, cutting.limit ?? maximumLength)
        guard ids.count > limit else { return ids.map { Int32($0) } }
        guard cutting.truncates else {
            throw ServingError(
                .tooManyTokens, "\(ids.count) tokens, but the model supports at most \(maximumLength)",
                parameter: parameter)
        }
        return (side(cutting) == .right ? ids.prefix(limit) : ids.suffix(limit)).map { Int32($0) }
    }

    /// Returns the number of tokens of a prompt at the start of a text.
    func promptLength(_ prompt: String) throws(ServingError) -> Int {
        guard !prompt.isEmpty else { return 0 }
        let encoding = try encode(prompt, parameter: "prompt_name")
        return encoding.count - (encoding.specialTokensMask.last == 1 ? 1 : 0)
    }
}
