/// A text that is not JSON, or JSON that is not what the reader asked for.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure: for programs to branch on.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's stable name, for example `duplicateKey`.
        public let description: String
        private init(_ name: String) { description = name }

        /// The text ends before the value does.
        public static let unexpectedEnd = Code("unexpectedEnd")
        /// A character that is not allowed there.
        public static let unexpectedCharacter = Code("unexpectedCharacter")
        /// Digits that are not a JSON number: `01`, `1.`, `+1`, `.5`.
        public static let invalidNumber = Code("invalidNumber")
        /// A number that a double can't hold, or an integer outside the range that was asked for.
        public static let numberOutOfRange = Code("numberOutOfRange")
        /// An unknown escape sequence.
        public static let invalidEscape = Code("invalidEscape")
        /// Half of a pair of `\u` escapes.
        public static let loneSurrogate = Code("loneSurrogate")
        /// Bytes that are not UTF-8.
        public static let invalidUTF8 = Code("invalidUTF8")
        /// Two members with the same name.
        public static let duplicateKey = Code("duplicateKey")
        /// Arrays and objects nested beyond the limit.
        public static let tooDeep = Code("tooDeep")
        /// Text after the value.
        public static let trailingText = Code("trailingText")
        /// A value of a different type than expected.
        public static let typeMismatch = Code("typeMismatch")
        /// A required member is missing.
        public static let missingKey = Code("missingKey")
    }

    /// Where in the text a parser stopped.
    public struct Location: Sendable, Hashable {
        /// Counted from 1.
        public let line: Int
        /// In Unicode scalars, counted from 1.
        public let column: Int
        /// From the beginning of the text, counted from 0.
        public let byteOffset: Int
    }

    /// The kind of failure.
    public let code: Code
    /// What is wrong, without where.
    public let reason: String
    /// The file or other origin of the text, if it was named.
    public let source: String?
    /// The path from the root to the value, for example `model.vocab` or `added_tokens[3].id`; empty for the root.
    public let path: String
    /// Where the parser stopped; nil for an error about a value that was parsed.
    public let location: Location?

    /// One line: source, place, path, reason.
    public var description: String {
        var parts: [String] = []
        if let source { parts.append(source) }
        if let location {
            parts.append("line \(location.line), column \(location.column) (byte \(location.byteOffset))")
        }
        if !path.isEmpty { parts.append(path) }
        parts.append(reason)
        return parts.joined(separator: ": ")
    }
}

/// Writes one step of a path: names that are not plain words are quoted.
func pathAppending(key: String, to path: String) -> String {
    let isPlain =
        !key.isEmpty
        && key.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
    guard isPlain else { return "\(path)[\(excerpt(of: key))]" }
    return path.isEmpty ? key : "\(path).\(key)"
}

/// A string as a message shows it: quoted, escaped, and cut if it is long.
func excerpt(of string: String) -> String {
    let limit = 60
    let scalars = string.unicodeScalars
    var shown = String(scalars.prefix(limit))
    if scalars.dropFirst(limit).first != nil { shown += "…" }
    return JSONValue.string(shown).serialized()
}
