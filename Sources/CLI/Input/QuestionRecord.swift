import Bert
import BertJSON

/// A question to answer, with its id and position.
struct QuestionRecord: PlacedRecord {
    let question: Question
    var id: JSONValue?
    let place: InputPlace
}

/// The names of the parts of a question.
struct QuestionFields: RecordFields {
    let question: String
    let context: String
    let id: String

    var kind: String { "an object with \"\(question)\" and \"\(context)\"" }

    var columns: [Column] {
        [
            Column(name: question, option: "question-field", isNeeded: true),
            Column(name: context, option: "context-field", isNeeded: true), Column(name: id, option: "id-field"),
        ]
    }

    func record(_ value: JSONValue, at place: InputPlace) throws -> QuestionRecord {
        guard case .object(let members) = value else {
            throw place.error("not \(kind)")
        }
        return QuestionRecord(
            question: Question(try members.text(question, at: place), context: try members.text(context, at: place)),
            id: try members.id(id, at: place), place: place)
    }
}
