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

    @Option(help: "Maximum tokens per text or pair, including special tokens.")
    var maxLength: Int?

    @Option(
        help: """
            Truncation strategy for texts with more tokens than --max-length or the model's maximum (default: longest_first \
            with --max-length, otherwise do_not_truncate).
            """)
    var truncation: Cut?

    @Option(help: "Also return the truncated part, in windows that overlap by this number of tokens.")
    var stride: Int?

    @Flag(help: "Also return the truncated part, in windows; same as --stride 0.")
    var overflow = false

    /// Whether windows over the truncated tokens are included.
    var hasOverflow: Bool { overflow || stride != nil }

    @Option(help: "Pad to the longest text or to --max-length.")
    var padding: PaddingLength?

    @Option(help: "Unit of the offsets.")
    var offsets = OffsetUnit.scalar

    func validate() throws {
        if let maxLength, maxLength < 1 { throw ValidationError("--max-length must be at least 1, not \(maxLength)") }
        if let stride, stride < 0 { throw ValidationError("--stride must be at least 0, not \(stride)") }
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
