import ArgumentParser
import Bert

/// A tokenizer with the options of the command line.
struct TextTokenizer {
    private let tokenizer: any Tokenizer
    private let options: EncodingOptions
    /// The padding of each text.
    private var padding: Padding?

    /// - Throws: `ValidationError` if a maximum length is required, and neither the options nor the tokenizer have one.
    init(_ tokenizer: any Tokenizer, _ options: TokenizingOptions) throws {
        self.tokenizer = tokenizer
        let cut = options.truncation ?? (options.maxLength == nil ? .doNotTruncate : .longestFirst)
        let maximum = options.maxLength ?? tokenizer.modelMaxLength
        guard maximum != nil || cut == .doNotTruncate && options.padding != .maxLength else {
            let asked = cut == .doNotTruncate ? "--padding max_length" : "--truncation \(cut.rawValue)"
            throw ValidationError(
                "\(asked) requires --max-length, because the tokenizer's files don't specify a maximum length")
        }
        self.options = EncodingOptions(
            addsSpecialTokens: !options.noSpecialTokens, maxLength: maximum,
            truncation: Truncation(rawValue: cut.rawValue) ?? .doNotTruncate, stride: options.stride ?? 0)
        if options.padding == .maxLength, let maximum { padding = Padding(length: .fixed(maximum)) }
    }

    /// Sets the padding to the length of the longest text. Reads the texts one additional time.
    ///
    /// - Parameter stopsAtFailure: Whether to ignore the texts after the first one that can't be encoded.
    mutating func padToLongest(of input: JobInput<TextFields>, stopsAtFailure: Bool) throws {
        var longest = 0
        var reader = input.reader()
        // The job itself reports input that can't be read.
        reading: while let entries = try? reader.next() {
            for entry in entries {
                if let record = try? entry.record.get(), let encoding = try? encode(record) {
                    longest = max(longest, encoding.count)
                } else if stopsAtFailure {
                    break reading
                }
            }
        }
        try input.source?.rewind()
        padding = Padding(length: .fixed(longest))
    }

    /// Returns the tokens of a text.
    ///
    /// - Throws: `TokenizerError` if the text can't be tokenized or truncated as requested.
    func encode(_ record: TextRecord) throws -> Encoding {
        let encoding = try tokenizer.encode(record.text, pair: record.pair, options: options)
        guard let padding else { return encoding }
        return try tokenizer.padded([encoding], padding)[0]
    }
}
