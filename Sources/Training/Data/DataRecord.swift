import BertCore
public import BertJSON

/// A labeled example with named members, and its position.
public struct DataRecord: Sendable {
    /// The columns of a row, or the members of an object. The members of a table's row are strings.
    public var members: JSONObject
    /// The file.
    public var file: String?
    /// The line in the file, counted from 1.
    public var line: Int?
    /// Returns the column in the line at which a member is located, if it is known. Called only for errors.
    public var locate: (@Sendable (String) -> Int?)?

    /// Creates a record.
    public init(
        _ members: JSONObject, file: String? = nil, line: Int? = nil, locate: (@Sendable (String) -> Int?)? = nil
    ) {
        self.members = members
        self.file = file
        self.line = line
        self.locate = locate
    }

    /// Returns an error about a member, with its position.
    func error(
        _ message: String, key: String, value: BertError.Value? = nil, limit: BertError.Value? = nil,
        choices: [String]? = nil
    ) -> BertError {
        BertError(
            .invalidInput, message, file: file, key: key, line: line, column: locate?(key), value: value, limit: limit,
            choices: choices)
    }

    /// Returns a member.
    ///
    /// - Throws: `BertError` with the position if there is no such member.
    func value(_ key: String) throws -> JSONValue {
        guard let value = members[key] else {
            throw error("it is missing; the members are \(members.keys.joined(separator: ", "))", key: key)
        }
        return value
    }

    /// Returns a member that is a text.
    ///
    /// - Throws: `BertError` with the position if the member isn't a string.
    func text(_ key: String) throws -> String {
        guard let text = try value(key).stringValue else { throw error("expected a text", key: key) }
        return text
    }

    /// Returns a member that is a number, or a string that contains a number.
    ///
    /// - Throws: `BertError` with the position if the member isn't a finite number.
    func number(_ key: String) throws -> Double {
        let value = try value(key)
        let number = value.stringValue.map { Double($0.trimmed) } ?? value.doubleValue
        guard let number, number.isFinite else {
            throw error("expected a number, found \(value.short)", key: key, value: .string(value.plain))
        }
        return number
    }

    /// Returns a member that is a list, or the parts of a string separated by spaces.
    func list(_ key: String) throws -> [JSONValue] {
        let value = try value(key)
        if let list = value.arrayValue { return list }
        guard let text = value.stringValue else { throw error("expected a list", key: key) }
        return text.split(whereSeparator: \.isWhitespace).map { .string(String($0)) }
    }
}

extension JSONValue {
    /// The string without quotes, or the JSON of other values.
    var plain: String { stringValue ?? serialized() }

    /// The JSON of the value, shortened if it is long.
    var short: String {
        let text = serialized()
        return text.count > 40 ? text.prefix(39) + "…" : text
    }
}

extension String {
    /// The string without leading and trailing whitespace.
    var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
