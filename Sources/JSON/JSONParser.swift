/// The extensions to RFC 8259 that a parser accepts, and its limits.
public struct JSONParseOptions: Sendable {
    /// The maximum nesting depth of arrays and objects.
    public var maximumDepth = 256
    /// Whether to accept `NaN`, `Infinity` and `-Infinity`, which Python writes.
    public var allowsNonFinite = false
    /// Whether to replace unpaired surrogates in `\u` escapes by U+FFFD instead of throwing an error.
    public var replacesLoneSurrogates = false
    /// Whether to use the last of duplicate members, like most parsers, instead of throwing an error.
    public var lastDuplicateWins = false

    /// Creates strict options.
    public init() {}

    /// The dialect of Python's `json` module.
    public static let python: JSONParseOptions = {
        var options = JSONParseOptions()
        options.allowsNonFinite = true
        return options
    }()
}

extension JSONValue {
    /// Parses a JSON text.
    ///
    /// - Parameters:
    ///   - bytes: The text in UTF-8 without a byte order mark.
    ///   - source: The source of the text, for messages.
    ///   - options: The accepted extensions and limits.
    /// - Throws: ``JSONError`` with line, column, byte offset and path.
    public init(
        parsing bytes: UnsafeRawBufferPointer, source: String? = nil, options: JSONParseOptions = JSONParseOptions()
    ) throws(JSONError) {
        var parser = JSONParser(bytes: bytes, source: source, options: options)
        self = try parser.parseText()
    }

    /// Parses a JSON text in UTF-8.
    public init(
        parsing bytes: [UInt8], source: String? = nil, options: JSONParseOptions = JSONParseOptions()
    ) throws(JSONError) {
        self = try bytes.withUnsafeBufferPointer { (bytes) throws(JSONError) -> JSONValue in
            try JSONValue(parsing: UnsafeRawBufferPointer(bytes), source: source, options: options)
        }
    }

    /// Parses a JSON text.
    public init(
        parsing text: String, source: String? = nil, options: JSONParseOptions = JSONParseOptions()
    ) throws(JSONError) {
        try self.init(parsing: Array(text.utf8), source: source, options: options)
    }
}

/// A bounds-checked recursive-descent parser.
///
/// Line, column and path are computed only for errors.
struct JSONParser {
    let bytes: UnsafeRawBufferPointer
    let source: String?
    let options: JSONParseOptions
    var position = 0
    /// The path to the current value.
    var steps: [Step] = []

    /// The index of an element, or the bytes between the quotes of a member's name.
    enum Step {
        case element(Int)
        case member(Range<Int>)
    }

    init(bytes: UnsafeRawBufferPointer, source: String?, options: JSONParseOptions) {
        self.bytes = bytes
        self.source = source
        self.options = options
    }

    mutating func parseText() throws(JSONError) -> JSONValue {
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) {
            throw failure(.unexpectedCharacter, "the text starts with a byte order mark; save it as UTF-8 without one")
        }
        let value = try parseValue()
        skipWhitespace()
        if position < bytes.count {
            throw failure(.trailingText, "expected the end of the text, found \(found())")
        }
        return value
    }

    mutating func parseValue() throws(JSONError) -> JSONValue {
        skipWhitespace()
        guard position < bytes.count else { throw failure(.unexpectedEnd, "the text ends; expected a value") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return .object(try parseObject())
        case UInt8(ascii: "["): return .array(try parseArray())
        case UInt8(ascii: "\""): return .string(try parseString())
        case UInt8(ascii: "t"): return try parseWord("true", .bool(true))
        case UInt8(ascii: "f"): return try parseWord("false", .bool(false))
        case UInt8(ascii: "n"): return try parseWord("null", .null)
        case UInt8(ascii: "N") where options.allowsNonFinite:
            return try parseWord("NaN", .number(.double(.nan)))
        case UInt8(ascii: "I") where options.allowsNonFinite:
            return try parseWord("Infinity", .number(.double(.infinity)))
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try parseNumber())
        default: throw failure(.unexpectedCharacter, "expected a value, found \(found())")
        }
    }

    private mutating func parseObject() throws(JSONError) -> JSONObject {
        var object = JSONObject()
        try enter()
        if take(UInt8(ascii: "}")) { return object }
        steps.append(.member(0..<0))
        repeat {
            skipWhitespace()
            let start = position
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                throw unexpected("a name in double quotes")
            }
            let key = try parseString()
            steps[steps.count - 1] = .member(start + 1..<position - 1)
            guard take(UInt8(ascii: ":")) else { throw unexpected("a colon after the name") }
            let value = try parseValue()
            guard !object.appendIfNew(key, value) else { continue }
            guard options.lastDuplicateWins else {
                throw failure(.duplicateKey, "the name \(excerpt(of: key)) is a duplicate", at: start)
            }
            object[key] = value
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw unexpected("a comma or a closing brace") }
        steps.removeLast()
        return object
    }

    private mutating func parseArray() throws(JSONError) -> [JSONValue] {
        var array: [JSONValue] = []
        try enter()
        if take(UInt8(ascii: "]")) { return array }
        steps.append(.element(0))
        repeat {
            steps[steps.count - 1] = .element(array.count)
            array.append(try parseValue())
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw unexpected("a comma or a closing bracket") }
        steps.removeLast()
        return array
    }

    /// Consumes an opening brace or bracket.
    private mutating func enter() throws(JSONError) {
        guard steps.count < options.maximumDepth else {
            throw failure(.tooDeep, "more than \(options.maximumDepth) nested arrays and objects")
        }
        position += 1
    }

    /// Skips white space, and consumes `byte` if it follows.
    private mutating func take(_ byte: UInt8) -> Bool {
        skipWhitespace()
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipWhitespace() {
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): position += 1
            default: return
            }
        }
    }

    mutating func parseWord(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        let length = word.utf8CodeUnitCount
        let expected = UnsafeRawBufferPointer(start: word.utf8Start, count: length)
        let available = bytes[position..<min(position + length, bytes.count)]
        guard available.elementsEqual(expected) else {
            if expected.starts(with: available) {
                throw failure(.unexpectedEnd, "the text ends inside \(word)")
            }
            throw failure(.unexpectedCharacter, "expected a value, found \(found())")
        }
        position += length
        return value
    }
}
