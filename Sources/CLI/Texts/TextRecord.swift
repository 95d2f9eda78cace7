import BertCore
import BertJSON

/// One text to compute, and what it came with.
struct TextRecord {
    let text: String
    /// The second text of a pair; nil if there is none.
    var pair: String?
    /// Passed through to the result; nil if there was none.
    let id: JSONValue?
    /// What to call it in messages: `text 2`, `standard input, line 3`.
    let place: String

    /// An argument.
    init(argument text: String, position: Int) {
        self.text = text
        id = nil
        place = "text \(position)"
    }

    /// What was read somewhere.
    init(text: String, id: JSONValue?, place: String) {
        self.text = text
        self.id = id
        self.place = place
    }

    /// A line of JSONL: a string, or an object with `text` and, if it likes, `id` and, where pairs are taken, `text_pair`.
    ///
    /// - Throws: `BertError` with code `invalidInput` that names the line.
    init(
        line: ArraySlice<UInt8>, number: Int, takesPair: Bool = false, fields: TextFields = TextFields(),
        source: String = "standard input"
    ) throws {
        let place = "\(source), line \(number)"
        let json = try JSONValue(
            line: line, place: place, kind: #"a JSON string, or an object with "\#(fields.text)""#)
        try self.init(json, place: place, takesPair: takesPair, fields: fields)
    }

    /// A string, or an object with a text.
    ///
    /// - Throws: `BertError` with code `invalidInput` that names the place.
    init(_ json: JSONValue, place: String, takesPair: Bool, fields: TextFields) throws {
        self.place = place
        switch json {
        case .string(let text):
            self.text = text
            id = nil
        case .object(let members):
            guard let text = members[fields.text]?.stringValue else {
                let problem =
                    members[fields.text] == nil
                    ? " has no member \"\(fields.text)\"" : "'s \"\(fields.text)\" is no string"
                throw BertError(.invalidInput, "\(place): the object\(problem)")
            }
            self.text = text
            id = members[fields.id]
            guard takesPair, let second = members["text_pair"], !second.isNull else { return }
            guard let second = second.stringValue else {
                throw BertError(.invalidInput, "\(place): the object's \"text_pair\" is no string")
            }
            pair = second
        default:
            throw BertError(.invalidInput, "\(place): neither a JSON string nor an object with \"\(fields.text)\"")
        }
    }
}

extension JSONValue {
    /// A line of JSONL.
    ///
    /// - Parameter kind: what a line is, for messages.
    /// - Throws: `BertError` with code `invalidInput` that names the place and the column.
    init(line: ArraySlice<UInt8>, place: String, kind: String) throws {
        do { self = try JSONValue(parsing: Array(line)) } catch {
            // The parser counts lines within this one.
            let column = error.location.map { ", column \($0.column)" } ?? ""
            let hint = error.code == .invalidUTF8 ? "" : "; a line is \(kind)"
            throw BertError(.invalidInput, "\(place)\(column): \(error.reason)\(hint)")
        }
    }
}
