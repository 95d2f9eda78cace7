/// An error for text that isn't valid JSON, or JSON with unexpected contents.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of an error, for programs to branch on.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The stable name of the code, for example `duplicateKey`.
        public let description: String
        private init(_ name: String) { description = name }

        /// The text ends before the value is complete.
        public static let unexpectedEnd = Code("unexpectedEnd")
        /// A character that isn't allowed at this position.
        public static let unexpectedCharacter = Code("unexpectedCharacter")
        /// An invalid number: `01`, `1.`, `+1`, `.5`.
        public static let invalidNumber = Code("invalidNumber")
        /// A number that doesn't fit a double, or an integer outside of the requested range.
        public static let numberOutOfRange = Code("numberOutOfRange")
        /// An unknown escape sequence.
        public static let invalidEscape = Code("invalidEscape")
        /// An unpaired surrogate in a `\u` escape.
        public static let loneSurrogate = Code("loneSurrogate")
        /// Bytes that aren't valid UTF-8.
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

    /// The location of an error in the text.
    public struct Location: Sendable, Hashable {
        /// The line, starting at 1.
        public let line: Int
        /// The column in Unicode scalars, starting at 1.
        public let column: Int
        /// The byte offset from the start of the text, starting at 0.
        public let byteOffset: Int
    }

    /// The kind of the error.
    public let code: Code
    /// A description of the error without its location.
    public let reason: String
    /// The file or other source of the text, if specified.
    public let source: String?
    /// The path from the root to the value, for example `model.vocab` or `added_tokens[3].id`; empty for the root.
    public let path: String
    /// The location in the text; nil for an error about a value that was parsed successfully.
    public let location: Location?

    /// A single line with source, location, path and reason.
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

/// Returns a path with a key appended. Keys that aren't identifiers are quoted.
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

/// Returns a string for messages, quoted, escaped and truncated.
func excerpt(of string: String) -> String {
    let limit = 60
    let scalars = string.unicodeScalars
    var shown = String(scalars.prefix(limit))
    if scalars.dropFirst(limit).first != nil { shown += "…" }
    return JSONValue.string(shown).serialized()
}
