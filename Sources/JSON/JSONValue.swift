/// A JSON value (RFC 8259).
///
/// Numbers preserve whether they were written as integers, and objects preserve the order of their members. Strings are
/// compared by Unicode scalars, like in other JSON libraries: precomposed and decomposed forms of `"é"` are different
/// keys.
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
    /// Returns whether both values are equal. The order of members doesn't matter. `1` and `1.0` differ.
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
    /// The Boolean, or nil for other values.
    public var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }

    /// The number, or nil for other values.
    public var numberValue: JSONNumber? { if case .number(let value) = self { value } else { nil } }

    /// The number if it was written as an integer and fits; otherwise nil.
    public var intValue: Int? { numberValue?.intValue }

    /// The number, regardless of its form; nil for other values.
    public var doubleValue: Double? { numberValue?.doubleValue }

    /// The string, or nil for other values.
    public var stringValue: String? { if case .string(let value) = self { value } else { nil } }

    /// The elements, or nil if the value isn't an array.
    public var arrayValue: [JSONValue]? { if case .array(let value) = self { value } else { nil } }

    /// The object, or nil for other values.
    public var objectValue: JSONObject? { if case .object(let value) = self { value } else { nil } }

    /// Whether the value is `null`.
    public var isNull: Bool { if case .null = self { true } else { false } }

    /// Returns the member with the given name; nil if it is missing or the value isn't an object.
    public subscript(key: String) -> JSONValue? { objectValue?[key] }

    /// Returns the element at a position; nil if it is missing or the value isn't an array.
    public subscript(position: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(position) else { return nil }
        return elements[position]
    }
}

extension JSONValue {
    /// Returns an integer.
    public static func int(_ value: Int) -> JSONValue { .number(.int(Int64(value))) }

    /// Returns a number with a fraction.
    public static func double(_ value: Double) -> JSONValue { .number(.double(value)) }

    /// Returns a single-precision number, which is written with only the digits it needs.
    public static func float(_ value: Float) -> JSONValue { .number(.float(value)) }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// Creates `null`.
    public init(nilLiteral: ()) { self = .null }
    /// Creates `true` or `false`.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// Creates an integer.
    public init(integerLiteral value: Int64) { self = .number(.int(value)) }
    /// Creates a number with a fraction.
    public init(floatLiteral value: Double) { self = .number(.double(value)) }
    /// Creates a string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// Creates an array.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// Creates an object. The last value is used for duplicate names.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
}
