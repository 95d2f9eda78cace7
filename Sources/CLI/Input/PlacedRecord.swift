import BertCore
import BertJSON

/// A record to process, with its position for messages.
protocol PlacedRecord: Sendable {
    /// The id that is passed through to the result, or nil if there is none.
    var id: JSONValue? { get }
    /// The position, such as `text 2` or `standard input, line 3`.
    var place: InputPlace { get }
}

/// The names of the parts of a record in objects and table headers.
protocol RecordFields {
    associatedtype Record: PlacedRecord

    /// A hint for input in another format.
    var formatHint: FormatHint { get }
    /// A description of a value that contains such a record, for messages.
    var kind: String { get }
    /// The columns of a table that are read.
    var columns: [Column] { get }
    /// Whether all other columns are read, too.
    var readsEveryColumn: Bool { get }

    /// Returns the record of a value.
    ///
    /// - Throws: `BertError` with code `invalidInput` that names the position.
    func record(_ value: JSONValue, at place: InputPlace) throws -> Record
}

/// A column of a table.
struct Column {
    let name: String
    /// The option that names another column instead, without its dashes, or nil if there is none.
    let option: String?
    /// Whether a table must have the column.
    var isNeeded = false
}

extension RecordFields {
    var readsEveryColumn: Bool { false }

    var formatHint: FormatHint { FormatHint(option: "--format", takesText: columns.count { $0.isNeeded } == 1) }
}

extension JSONObject {
    /// Returns the member that is passed through as the id, or nil if there is none.
    ///
    /// - Throws: `BertError` with code `invalidInput` if the id contains a number that JSON can't represent.
    func id(_ name: String, at place: InputPlace) throws -> JSONValue? {
        guard let id = self[name] else { return nil }
        guard id.isFinite else {
            throw place.error("NaN and infinity are not supported in JSON output", key: name)
        }
        return id
    }

    /// Returns a required member.
    ///
    /// - Throws: `BertError` with code `invalidInput` that names the position and the member.
    func text(_ name: String, at place: InputPlace) throws -> String {
        guard let member = self[name] else {
            throw place.error("the object has no such member", key: name)
        }
        guard let text = member.stringValue else {
            throw place.error("this member is not a string", key: name)
        }
        return text
    }
}

extension JSONValue {
    /// Whether the value contains no NaN or infinity.
    fileprivate var isFinite: Bool {
        switch self {
        case .array(let elements): elements.allSatisfy(\.isFinite)
        case .object(let members): members.allSatisfy { $0.value.isFinite }
        default: doubleValue?.isFinite ?? true
        }
    }
}
