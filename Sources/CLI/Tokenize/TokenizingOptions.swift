import ArgumentParser
import Bert
import BertJSON

/// Options for tokenization.
struct TokenizingOptions: ParsableArguments {
    /// The unit of offsets in a text.
    enum OffsetUnit: String, CaseIterable, ExpressibleByArgument {
        /// UTF-8 bytes.
        case utf8
        /// Unicode scalars, as in Python.
        case scalar
    }

    /// The truncation strategies with their names in Python.
    enum Cut: String, CaseIterable, ExpressibleByArgument {
        case longestFirst = "longest_first"
        case onlyFirst = "only_first"
        case onlySecond = "only_second"
        case doNotTruncate = "do_not_truncate"
    }

    /// The lengths to pad to, with their names in Python.
    enum PaddingLength: String, CaseIterable, ExpressibleByArgument {
        case longest
        case maxLength = "max_length"
    }

    @Flag(help: "Don't add special tokens.")
    var noSpecialTokens = false

    @Option(help: "Maximum tokens of a text or pair, special ones included.")
    var maxLength: Int?

    @Option(
        help: """
            What to cut when there are more tokens than --max-length, or than the model takes (default: longest_first \
            with --max-length, do_not_truncate without).
            """)
    var truncation: Cut?

    @Option(help: "Return what was cut off too, in windows that overlap by this many tokens.")
    var stride: Int?

    @Flag(help: "Return what was cut off too, in windows: the same as --stride 0.")
    var overflow = false

    /// Whether windows over the truncated tokens are included.
    var hasOverflow: Bool { overflow || stride != nil }

    @Option(help: "Pad to the longest text or to --max-length.")
    var padding: PaddingLength?

    @Option(help: "Unit of the offsets.")
    var offsets = OffsetUnit.scalar

    func validate() throws {
        if let maxLength, maxLength < 1 { throw ValidationError("--max-length is \(maxLength); at least 1") }
        if let stride, stride < 0 { throw ValidationError("--stride is \(stride); at least 0") }
    }

    /// The facts that results depend on.
    var facts: JSONObject {
        [
            "no-special-tokens": .bool(noSpecialTokens), "max-length": .int(maxLength ?? 0),
            "truncation": .string(truncation?.rawValue ?? ""), "stride": .int(stride ?? -1),
            "overflow": .bool(overflow), "padding": .string(padding?.rawValue ?? ""),
            "offsets": .string(offsets.rawValue),
        ]
    }
}
