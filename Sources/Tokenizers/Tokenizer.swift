/// A type that converts text to model inputs, and back.
public protocol Tokenizer: Sendable {
    /// The tokens and their ids.
    var vocabulary: Vocabulary { get }
    /// The ids of the special tokens by role.
    var specialTokens: SpecialTokens { get }
    /// The tokens that are matched in a text before it is split.
    var addedTokens: [AddedToken] { get }
    /// The placement of special tokens around a text or a pair.
    var template: SequenceTemplate { get }
    /// The defaults from the model's files.
    var defaults: TokenizerDefaults { get }
    /// The prefix of tokens that continue a word, such as `##`; nil if the model doesn't mark such tokens.
    var continuingSubwordPrefix: String? { get }

    /// Splits a text into tokens, without special tokens around them. `text` must be valid UTF-8 of less than 2 GB.
    func tokenize(_ text: UnsafeBufferPointer<UInt8>) -> TokenizedText

    /// Returns the text of `ids`.
    func decode(_ ids: some Sequence<Int32>, skipsSpecialTokens: Bool) -> String

    /// Returns the text of the given tokens, which need not be in the vocabulary.
    func text(of tokens: [String]) -> String
}

extension Tokenizer {
    /// The maximum number of tokens according to the model's files; nil if unspecified.
    public var modelMaxLength: Int? { defaults.modelMaxLength }
    /// The model inputs that the tokenizer provides, with their names in `transformers`.
    public var modelInputNames: [String] { defaults.modelInputNames }

    /// Encodes a text or a pair of texts.
    ///
    /// - Throws: `TokenizerError` if the number of tokens exceeds `options.maxLength` and truncation is off or
    ///   impossible.
    public func encode(_ text: String, pair: String? = nil, options: EncodingOptions = EncodingOptions())
        throws(TokenizerError) -> Encoding
    {
        let first = try tokenize(text)
        let second: TokenizedText? = if let pair { try tokenize(pair) } else { nil }
        return try encode(first, pair: second, options: options)
    }

    /// Encodes a text or a pair of texts in UTF-8.
    ///
    /// - Throws: `TokenizerError` as for strings, or if the bytes aren't valid UTF-8.
    public func encode(
        utf8 text: UnsafeBufferPointer<UInt8>, pair: UnsafeBufferPointer<UInt8>? = nil,
        options: EncodingOptions = EncodingOptions()
    ) throws(TokenizerError) -> Encoding {
        let first = try tokenizeChecked(text)
        let second: TokenizedText? = if let pair { try tokenizeChecked(pair) } else { nil }
        return try encode(first, pair: second, options: options)
    }

    /// Encodes a text or a pair of texts in UTF-8.
    ///
    /// - Throws: `TokenizerError` as for strings, or if the bytes aren't valid UTF-8.
    public func encode(utf8 text: [UInt8], pair: [UInt8]? = nil, options: EncodingOptions = EncodingOptions())
        throws(TokenizerError) -> Encoding
    {
        let first = try text.withUnsafeBufferPointer { bytes throws(TokenizerError) in try tokenizeChecked(bytes) }
        let second: TokenizedText? = try pair?.withUnsafeBufferPointer { bytes throws(TokenizerError) in
            try tokenizeChecked(bytes)
        }
        return try encode(first, pair: second, options: options)
    }

    /// Returns the number of tokens in a text or a pair, before truncation.
    ///
    /// - Throws: `TokenizerError` for a text of 2 GB or more.
    public func tokenCount(_ text: String, pair: String? = nil, addsSpecialTokens: Bool = true) throws(TokenizerError)
        -> Int
    {
        let count =
            try tokenize(text).count + (pair.map { pair throws(TokenizerError) in try tokenize(pair).count } ?? 0)
        return count + (addsSpecialTokens ? template.specialTokenCount(isPair: pair != nil) : 0)
    }

    /// Returns the text of `ids`, without special tokens.
    public func decode(_ ids: some Sequence<Int32>) -> String { decode(ids, skipsSpecialTokens: true) }

    /// Truncates tokenized texts according to `options`, and adds special tokens.
    ///
    /// - Throws: `TokenizerError` if the number of tokens exceeds `options.maxLength` and truncation is off or
    ///   impossible.
    public func encode(
        _ text: TokenizedText, pair: TokenizedText? = nil, options: EncodingOptions = EncodingOptions()
    ) throws(TokenizerError) -> Encoding {
        let isPair = pair != nil
        let special = options.addsSpecialTokens ? template.specialTokenCount(isPair: isPair) : 0
        let fullCount = text.count + (pair?.count ?? 0) + special
        guard options.stride >= 0 else {
            throw TokenizerError(
                .invalidArgument, "must be 0 or more", key: "stride", value: .int(options.stride), limit: 0)
        }
        let maxLength = options.truncation == .doNotTruncate ? nil : options.maxLength
        if let maxLength {
            guard maxLength >= special else {
                throw TokenizerError(
                    .invalidArgument,
                    "\(maxLength) tokens are not enough for the \(special) special tokens; use a larger maximum length",
                    key: "maxLength", value: .int(maxLength), limit: .int(special))
            }
            if options.truncation == .error, fullCount > maxLength {
                throw TokenizerError(
                    .tooManyTokens,
                    "the \(isPair ? "pair of texts" : "text") has \(fullCount) tokens, but the model supports at most \(maxLength); shorten it, or enable truncation (--auto-truncate, or truncation: .longestFirst)",
                    value: .int(fullCount), limit: .int(maxLength))
            }
        }
        let windows = try Windows(
            counts: (text.count, pair?.count ?? 0), isPair: isPair, limit: maxLength.map { $0 - special } ?? Int.max,
            options: options, side: options.truncationSide ?? defaults.truncationSide)
        func window(_ first: Int, _ second: Int) -> Encoding {
            var result = assemble(text, windows.first, first, pair, windows.second, second, special, options)
            result.fullCount = fullCount
            return result
        }
        var result = window(0, 0)
        for first in windows.first.indices.dropFirst() {
            for second in windows.second.indices { result.overflow.append(window(first, second)) }
        }
        for second in windows.second.indices.dropFirst() { result.overflow.append(window(0, second)) }
        return result
    }

    private func assemble(
        _ text: TokenizedText, _ firstWindows: [Range<Int>], _ first: Int, _ pair: TokenizedText?,
        _ secondWindows: [Range<Int>], _ second: Int, _ special: Int, _ options: EncodingOptions
    ) -> Encoding {
        let (a, b) = (firstWindows[first], secondWindows[second])
        var result = Encoding(vocabulary: vocabulary, capacity: a.count + b.count + special)
        let hasOwnTypes =
            template.ownTypesInOverflow == .always
            || template.ownTypesInOverflow == .bare && !options.addsSpecialTokens
        for piece in pair == nil ? template.single : template.pair {
            switch piece {
            case .special(let ids, let typeID):
                guard options.addsSpecialTokens else { continue }
                for id in ids { result.append(special: id, typeID: typeID) }
            case .sequence(0, let typeID):
                result.append(text.window(a), sequence: 0, typeID: first > 0 && hasOwnTypes ? 0 : typeID)
            case .sequence(_, let typeID):
                guard let pair else { continue }
                result.append(pair.window(b), sequence: 1, typeID: second > 0 && hasOwnTypes ? 1 : typeID)
            }
        }
        result.attentionMask = [UInt8](repeating: 1, count: result.count)
        return result
    }

    private func tokenize(_ text: String) throws(TokenizerError) -> TokenizedText {
        var text = text
        try checkSize(text.utf8.count)
        return text.withUTF8 { tokenize($0) }
    }

    private func tokenizeChecked(_ text: UnsafeBufferPointer<UInt8>) throws(TokenizerError) -> TokenizedText {
        if let position = UTF8Reader.firstInvalidByte(text) {
            throw TokenizerError(
                .invalidUTF8,
                "the text is not UTF-8: byte \(position) is 0x\(String(text[position], radix: 16, uppercase: true))",
                value: .int(position))
        }
        try checkSize(text.count)
        return tokenize(text)
    }

    private func checkSize(_ bytes: Int) throws(TokenizerError) {
        guard bytes < Int(Int32.max) else {
            throw TokenizerError(
                .invalidArgument, "the text has \(bytes) bytes; split it into parts of less than 2 GB",
                value: .int(bytes), limit: .int(Int(Int32.max) - 1))
        }
    }
}
