import BertCore
public import BertJSON

/// One labelled example as it was read: members by name, and where it stands.
public struct DataRecord: Sendable {
    /// The columns of a row, or the members of an object. Those of a table are strings.
    public var members: JSONObject
    /// The file.
    public var file: String?
    /// The line in the file, from 1.
    public var line: Int?
    /// The column in the line at which a member stands, if that is known; asked only for an error.
    public var locate: (@Sendable (String) -> Int?)?

    /// A record.
    public init(
        _ members: JSONObject, file: String? = nil, line: Int? = nil, locate: (@Sendable (String) -> Int?)? = nil
    ) {
        self.members = members
        self.file = file
        self.line = line
        self.locate = locate
    }

    /// An error about one of its members, with its place.
    func error(
        _ message: String, key: String, value: BertError.Value? = nil, limit: BertError.Value? = nil
    ) -> BertError {
        BertError(
            .invalidInput, message, file: file, key: key, line: line, column: locate?(key), value: value, limit: limit)
    }

    /// A member.
    ///
    /// - Throws: `BertError` with the place if there is none.
    func value(_ key: String) throws -> JSONValue {
        guard let value = members[key] else {
            throw error("it is missing; there are \(members.keys.joined(separator: ", "))", key: key)
        }
        return value
    }

    /// A member that is a text.
    ///
    /// - Throws: `BertError` with the place if it is something else.
    func text(_ key: String) throws -> String {
        guard let text = try value(key).stringValue else { throw error("a text is needed", key: key) }
        return text
    }

    /// A member that is a number; a string of a table may be one.
    ///
    /// - Throws: `BertError` with the place if it is something else, or not finite.
    func number(_ key: String) throws -> Double {
        let value = try value(key)
        let number = value.stringValue.map { Double($0.trimmed) } ?? value.doubleValue
        guard let number, number.isFinite else {
            throw error("a number is needed, and this is \(value.short)", key: key, value: .string(value.plain))
        }
        return number
    }

    /// A member that is a list; a string of a table is one with spaces in between.
    func list(_ key: String) throws -> [JSONValue] {
        let value = try value(key)
        if let list = value.arrayValue { return list }
        guard let text = value.stringValue else { throw error("a list is needed", key: key) }
        return text.split(whereSeparator: \.isWhitespace).map { .string(String($0)) }
    }
}

extension JSONValue {
    /// A string without quotes, anything else as JSON.
    var plain: String { stringValue ?? serialized() }

    /// As JSON, cut if it is long.
    var short: String {
        let text = serialized()
        return text.count > 40 ? text.prefix(39) + "…" : text
    }
}

extension String {
    /// Without white space at its ends.
    var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
