/// A JSON text (RFC 8259) in memory.
///
/// Numbers keep whether they were written as an integer, objects keep the order of their keys, and strings are compared
/// by their Unicode scalars: `"é"` in one scalar and in two are different keys, as they are in every other JSON library.
public enum JSONValue: Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number.
    case number(JSONNumber)
    /// A string.
    case string(String)
    /// An array.
    case array([JSONValue])
    /// An object.
    case object(JSONObject)
}

extension JSONValue: Equatable {
    /// Whether both are the same value; order of keys does not matter, `1` and `1.0` differ.
    public static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        default: false
        }
    }
}

extension JSONValue {
    /// The flag, or nil if the value is something else.
    public var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }

    /// The number, or nil if the value is something else.
    public var numberValue: JSONNumber? { if case .number(let value) = self { value } else { nil } }

    /// The number if it was written as an integer and fits; otherwise nil.
    public var intValue: Int? { numberValue?.intValue }

    /// The number, however it was written; nil if the value is not a number.
    public var doubleValue: Double? { numberValue?.doubleValue }

    /// The string, or nil if the value is something else.
    public var stringValue: String? { if case .string(let value) = self { value } else { nil } }

    /// The elements, or nil if the value is not an array.
    public var arrayValue: [JSONValue]? { if case .array(let value) = self { value } else { nil } }

    /// The members, or nil if the value is not an object.
    public var objectValue: JSONObject? { if case .object(let value) = self { value } else { nil } }

    /// Whether the value is `null`.
    public var isNull: Bool { if case .null = self { true } else { false } }

    /// The member of that name; nil if it is missing, or if the value is not an object.
    public subscript(key: String) -> JSONValue? { objectValue?[key] }

    /// The element at that position; nil if it is missing, or if the value is not an array.
    public subscript(position: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(position) else { return nil }
        return elements[position]
    }
}

extension JSONValue {
    /// An integer.
    public static func int(_ value: Int) -> JSONValue { .number(.int(Int64(value))) }

    /// A number with a fraction.
    public static func double(_ value: Double) -> JSONValue { .number(.double(value)) }

    /// A single-precision number, which is written with no more digits than it needs.
    public static func float(_ value: Float) -> JSONValue { .number(.float(value)) }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// Makes `null`.
    public init(nilLiteral: ()) { self = .null }
    /// Makes `true` or `false`.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// Makes an integer.
    public init(integerLiteral value: Int64) { self = .number(.int(value)) }
    /// Makes a number with a fraction.
    public init(floatLiteral value: Double) { self = .number(.double(value)) }
    /// Makes a string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// Makes an array.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// Makes an object; of two members with the same name, the later one counts.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
}
