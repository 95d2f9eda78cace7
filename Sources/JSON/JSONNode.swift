/// A value with its source and path, for error messages.
///
/// ```swift
/// let config = try JSONNode(parsing: bytes, source: "config.json")
/// let size = try config.required("hidden_size").int()
/// // config.json: hidden_size: expected an integer, found "abc"
/// ```
public struct JSONNode: Sendable {
    /// The value.
    public let value: JSONValue
    /// The path from the root, for example `added_tokens[3].id`; empty for the root.
    public let path: String
    /// The file or other source, for messages.
    public let source: String?

    /// Creates the root node of a value from `source`.
    public init(_ value: JSONValue, source: String? = nil) {
        self.init(value, path: "", source: source)
    }

    /// Parses a JSON text.
    public init(
        parsing bytes: [UInt8], source: String? = nil, options: JSONParseOptions = JSONParseOptions()
    ) throws(JSONError) {
        self.init(try JSONValue(parsing: bytes, source: source, options: options), source: source)
    }

    private init(_ value: JSONValue, path: String, source: String?) {
        self.value = value
        self.path = path
        self.source = source
    }

    /// Returns the member with the given name; nil if it is missing or `null`, or if this isn't an object.
    public subscript(key: String) -> JSONNode? {
        guard let member = member(key), !member.isNull else { return nil }
        return member
    }

    /// Returns the member with the given name, which may be `null`; nil if it is missing or if this isn't an object.
    public func member(_ key: String) -> JSONNode? {
        value[key].map { JSONNode($0, path: pathAppending(key: key, to: path), source: source) }
    }

    /// Returns the member with the given name.
    ///
    /// - Throws: An error if this isn't an object, or the member is missing or `null`.
    public func required(_ key: String) throws(JSONError) -> JSONNode {
        let object = try object()
        if let member = self[key] { return member }
        let reason = object[key] == nil ? "is missing" : "is null"
        throw JSONError(
            code: .missingKey, reason: reason, source: source, path: pathAppending(key: key, to: path), location: nil)
    }

    /// Whether the value is `null`.
    public var isNull: Bool { value.isNull }

    /// Returns the value as an integer.
    ///
    /// - Throws: An error if it isn't written as an integer (`1.0` and `1e3` aren't) or is outside of `range`.
    public func int(in range: ClosedRange<Int> = Int.min...Int.max) throws(JSONError) -> Int {
        guard case .number(let number) = value, number.isInteger else { throw mismatch("an integer") }
        guard let integer = number.intValue, range.contains(integer) else {
            throw failure(.numberOutOfRange, "expected \(Self.words(for: range)), found \(value)")
        }
        return integer
    }

    /// Returns the value as a number, integer or not.
    public func double() throws(JSONError) -> Double {
        guard let number = value.doubleValue else { throw mismatch("a number") }
        return number
    }

    /// Returns the value as a string.
    public func string() throws(JSONError) -> String {
        guard let string = value.stringValue else { throw mismatch("a string") }
        return string
    }

    /// Returns the value as a Boolean.
    public func bool() throws(JSONError) -> Bool {
        guard let bool = value.boolValue else { throw mismatch("true or false") }
        return bool
    }

    /// Returns the value as an object.
    public func object() throws(JSONError) -> JSONObject {
        guard let object = value.objectValue else { throw mismatch("an object") }
        return object
    }

    /// Returns the members as nodes.
    public func members() throws(JSONError) -> [(key: String, node: JSONNode)] {
        try object().map { ($0.key, JSONNode($0.value, path: pathAppending(key: $0.key, to: path), source: source)) }
    }

    /// Returns the elements of an array as nodes.
    public func elements() throws(JSONError) -> [JSONNode] {
        guard let array = value.arrayValue else { throw mismatch("an array") }
        return array.enumerated().map { JSONNode($0.element, path: "\(path)[\($0.offset)]", source: source) }
    }

    /// Returns an error about this value.
    public func failure(_ code: JSONError.Code, _ reason: String) -> JSONError {
        JSONError(code: code, reason: reason, source: source, path: path, location: nil)
    }

    /// Returns an error with the expected and the actual value.
    public func mismatch(_ expected: String) -> JSONError {
        failure(.typeMismatch, "expected \(expected), found \(Self.words(for: value))")
    }

    private static func words(for value: JSONValue) -> String {
        switch value {
        case .null, .bool, .number: value.serialized()
        case .string(let string): excerpt(of: string)
        case .array(let elements): elements.count == 1 ? "an array of 1 value" : "an array of \(elements.count) values"
        case .object: "an object"
        }
    }

    private static func words(for range: ClosedRange<Int>) -> String {
        switch (range.lowerBound, range.upperBound) {
        case (.min, .max): "an integer of 64 bits"
        case (let lower, .max): "an integer of at least \(lower)"
        case (.min, let upper): "an integer of at most \(upper)"
        case (let lower, let upper): "an integer from \(lower) to \(upper)"
        }
    }
}
