import BertCheckpoints
import BertCore
import BertModels
import BertPipelines
import BertTokenizers

/// A served model's tokenizer and how long its texts may be.
struct RowTokenizer: Sendable {
    let tokenizer: any Tokenizer
    /// In tokens, special ones included.
    let maximumLength: Int
    /// Whether the model gets token types: its family has them, and the tokenizer gives them.
    let hasTokenTypes: Bool

    /// How a text over the maximum is cut, if it may be.
    struct Cutting: Sendable, Hashable {
        var truncates = true
        /// The end that is removed; nil for that of the model's tokenizer.
        var side: Side?
        var strategy = Truncation.longestFirst
        /// The most tokens to keep, if fewer than the model takes.
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

    /// The tokens of a text or pair.
    ///
    /// - Parameter parameter: what to call it in errors: `input[1]`.
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
                    \(count) tokens, special ones included, where the model takes \(maximumLength); shorten it, or set \
                    truncate to true
                    """, parameter: parameter)
            }
            throw ServingError(.tokenizer, error.description, parameter: parameter)
        }
    }

    private func side(_ cutting: Cutting) -> Side { cutting.side ?? tokenizer.defaults.truncationSide }

    /// As much of a very long text as may make a difference: a request of megabytes costs no more than one that fits.
    private func beginning(of text: String) -> String {
        // No token of these vocabularies comes near 1,000 bytes, and a word of a text this long is cut between words.
        let enough = max(65_536, maximumLength * 256)
        guard text.utf8.count > enough * 2 else { return text }
        var end = text.utf8.index(text.utf8.startIndex, offsetBy: enough)
        while end < text.utf8.endIndex, text.utf8[end] != UInt8(ascii: " "), text.utf8[end] != UInt8(ascii: "\n") {
            end = text.utf8.index(after: end)
        }
        let prefix = String(text[..<end])
        // A run of white space or of one long word may have given too little: then all of it counts.
        let count = (try? tokenizer.tokenCount(prefix)) ?? 0
        return count >= maximumLength ? prefix : text
    }

    /// Ids as a caller gives them.
    ///
    /// - Throws: ``ServingError`` for ids outside the vocabulary and for too many.
    func ids(
        _ ids: [Int], _ cutting: Cutting, vocabulary: Int, parameter: String
    ) throws(ServingError) -> [Int32] {
        guard !ids.isEmpty else { throw ServingError(.emptyInput, "there are no token ids", parameter: parameter) }
        for (place, id) in ids.enumerated() where id < 0 || id >= vocabulary {
            throw ServingError.invalid(
                "\(parameter)[\(place)]",
                """
                the token id \(id) is not in this model's vocabulary, whose ids are 0 to \(vocabulary - 1). Ids of \
                another tokenizer can't be used: LangChain sends OpenAI's unless it is made with \
                check_embedding_ctx_length=False
                """)
        }
        let limit = min(maximumLength, cutting.limit ?? maximumLength)
        guard ids.count > limit else { return ids.map { Int32($0) } }
        guard cutting.truncates else {
            throw ServingError(
                .tooManyTokens, "\(ids.count) tokens, where the model takes \(maximumLength)", parameter: parameter)
        }
        return (side(cutting) == .right ? ids.prefix(limit) : ids.suffix(limit)).map { Int32($0) }
    }

    /// How many tokens a prompt is at the start of a text.
    func promptLength(_ prompt: String) throws(ServingError) -> Int {
        guard !prompt.isEmpty else { return 0 }
        let encoding = try encode(prompt, parameter: "prompt_name")
        return encoding.count - (encoding.specialTokensMask.last == 1 ? 1 : 0)
    }
}
