import BertCore
import BertJSON

/// A text to process, with its id and position.
struct TextRecord: PlacedRecord {
    let text: String
    /// The second text of a pair, or nil if there is none.
    var pair: String?
    var id: JSONValue?
    let place: InputPlace
}

/// The names of the parts of a text.
struct TextFields: RecordFields {
    let text: String
    let id: String
    /// The name of the second text of a pair, or nil if pairs aren't supported.
    let pair: String?
    /// The option for the format.
    var formatOption = "--format"

    var formatHint: FormatHint { FormatHint(option: formatOption, takesText: true) }

    var kind: String { "a JSON string, or an object with \"\(text)\"" }

    var columns: [Column] {
        [Column(name: text, option: "text-field", isNeeded: true), Column(name: id, option: "id-field")]
            + (pair.map { [Column(name: $0, option: nil)] } ?? [])
    }

    func record(_ value: JSONValue, at place: InputPlace) throws -> TextRecord {
        switch value {
        case .string(let text): return TextRecord(text: text, place: place)
        case .object(let members):
            var record = TextRecord(
                text: try members.text(text, at: place), id: try members.id(id, at: place), place: place)
            if let pair, members[pair]?.isNull == false { record.pair = try members.text(pair, at: place) }
            return record
        case .array:
            throw place.error("an array; use \(formatOption) json for an array of texts")
        default: throw place.error("neither a JSON string nor an object with \"\(text)\"", key: text)
        }
    }
}
