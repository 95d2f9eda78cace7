import ArgumentParser
import Bert

/// How texts are made into tokens.
struct TokenizingOptions: ParsableArguments {
    /// What places in a text are counted in.
    enum OffsetUnit: String, CaseIterable, ExpressibleByArgument {
        /// Bytes of UTF-8.
        case utf8
        /// Unicode scalars, as in Python.
        case scalar
    }

    /// The strategies, by their names in Python.
    enum Cut: String, CaseIterable, ExpressibleByArgument {
        case longestFirst = "longest_first"
        case onlyFirst = "only_first"
        case onlySecond = "only_second"
        case doNotTruncate = "do_not_truncate"
    }

    /// The lengths that are padded to, by their names in Python.
    enum PaddingLength: String, CaseIterable, ExpressibleByArgument {
        case longest
        case maxLength = "max_length"
    }

    @Flag(help: "Leave out the special tokens around texts.")
    var noSpecialTokens = false

    @Option(help: "The most tokens of a text or pair, special ones included.")
    var maxLength: Int?

    @Option(
        help: """
            What is cut where there are more (default: longest_first with --max-length, else do_not_truncate). \
            Without --max-length the model's own maximum counts.
            """)
    var truncation: Cut?

    @Option(help: "Give what was cut off too, in windows that repeat so many tokens of the one before.")
    var stride: Int?

    @Flag(help: "Give what was cut off too, in windows: the same as --stride 0.")
    var overflow = false

    /// Whether windows over what was cut off are given.
    var hasOverflow: Bool { overflow || stride != nil }

    @Option(help: "Fill texts up, to the longest of all texts or to --max-length.")
    var padding: PaddingLength?

    @Option(help: "What offsets count.")
    var offsets = OffsetUnit.scalar

    func validate() throws {
        if let maxLength, maxLength < 1 { throw ValidationError("--max-length is \(maxLength); at least 1") }
        if let stride, stride < 0 { throw ValidationError("--stride is \(stride); at least 0") }
    }
}

/// A tokenizer with the options of the command line.
struct TextTokenizer {
    let tokenizer: any Tokenizer
    /// What each text is padded to, or all of them.
    let padding: Padding?
    private let options: EncodingOptions
    private let padsEach: Bool

    /// - Throws: `ValidationError` if a maximum is needed, and neither the options nor the tokenizer have one.
    init(_ tokenizer: any Tokenizer, _ options: TokenizingOptions) throws {
        self.tokenizer = tokenizer
        let cut = options.truncation ?? (options.maxLength == nil ? .doNotTruncate : .longestFirst)
        let maximum = options.maxLength ?? tokenizer.modelMaxLength
        guard maximum != nil || cut == .doNotTruncate && options.padding != .maxLength else {
            let asked = cut == .doNotTruncate ? "--padding max_length" : "--truncation \(cut.rawValue)"
            throw ValidationError(
                "\(asked) needs --max-length: the tokenizer's files do not say how much the model takes")
        }
        self.options = EncodingOptions(
            addsSpecialTokens: !options.noSpecialTokens, maxLength: maximum,
            truncation: Truncation(rawValue: cut.rawValue) ?? .doNotTruncate, stride: options.stride ?? 0)
        padsEach = options.padding == .maxLength
        padding =
            switch options.padding {
            case .longest: Padding()
            case .maxLength: maximum.map { Padding(length: .fixed($0)) }
            case nil: nil
            }
    }

    /// The tokens of a text, padded if that does not depend on other texts.
    ///
    /// - Throws: `BertError` that names the text.
    func encode(_ record: TextRecord) throws -> Encoding {
        do {
            let encoding = try tokenizer.encode(record.text, pair: record.pair, options: options)
            guard padsEach, let padding else { return encoding }
            return try tokenizer.padded([encoding], padding)[0]
        } catch {
            throw BertError(.invalidInput, record.place, cause: error)
        }
    }
}
