import BertCore
import BertJSON

/// Something to compute that can be named in messages.
protocol PlacedRecord: Sendable {
    /// Passed through to the result; nil if there was none.
    var id: JSONValue? { get }
    /// What to call it: `text 2`, `standard input, line 3`.
    var place: InputPlace { get }
}

/// What the parts of a record are called in objects and headings.
protocol RecordFields {
    associatedtype Record: PlacedRecord

    /// What to say of input in another format.
    var formatHint: FormatHint { get }
    /// What a value is that has such a record, for messages.
    var kind: String { get }
    /// The columns of a table that are read.
    var columns: [Column] { get }
    /// Whether all others are read too.
    var readsEveryColumn: Bool { get }

    /// The record of a value.
    ///
    /// - Throws: `BertError` with code `invalidInput` that names the place.
    func record(_ value: JSONValue, at place: InputPlace) throws -> Record
}

/// A column of a table.
struct Column {
    let name: String
    /// What names another column instead, without its dashes; nil if nothing does.
    let option: String?
    /// Whether a table without it can't be read.
    var isNeeded = false
}

extension RecordFields {
    var readsEveryColumn: Bool { false }

    var formatHint: FormatHint { FormatHint(option: "--format", takesText: columns.count { $0.isNeeded } == 1) }
}

extension JSONObject {
    /// The member that is passed through as the id; nil if there is none.
    ///
    /// - Throws: `BertError` with code `invalidInput` if it holds a number that JSON can't pass on.
    func id(_ name: String, at place: InputPlace) throws -> JSONValue? {
        guard let id = self[name] else { return nil }
        guard id.isFinite else {
            throw BertError(.invalidInput, "\(place): \(name): JSON has no NaN and no infinity to pass on")
        }
        return id
    }

    /// A member that has to be there.
    ///
    /// - Throws: `BertError` with code `invalidInput` that names the place and the member.
    func text(_ name: String, at place: InputPlace) throws -> String {
        guard let member = self[name] else {
            throw BertError(.invalidInput, "\(place): the object has no member \"\(name)\"")
        }
        guard let text = member.stringValue else {
            throw BertError(.invalidInput, "\(place): the object's \"\(name)\" is not a string")
        }
        return text
    }
}

extension JSONValue {
    /// Whether no number in it is NaN or infinite.
    fileprivate var isFinite: Bool {
        switch self {
        case .array(let elements): elements.allSatisfy(\.isFinite)
        case .object(let members): members.allSatisfy { $0.value.isFinite }
        default: doubleValue?.isFinite ?? true
        }
    }
}
