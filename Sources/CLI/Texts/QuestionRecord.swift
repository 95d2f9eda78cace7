import Bert
import BertJSON

/// A question to answer, and what it came with.
struct QuestionRecord: PlacedRecord {
    let question: Question
    let id: JSONValue?
    let place: String

    /// A line of standard input: an object with `question`, `context` and, if it likes, `id`.
    ///
    /// - Throws: `BertError` with code `invalidInput` that names the line.
    init(line: ArraySlice<UInt8>, number: Int) throws {
        let place = "standard input, line \(number)"
        let json = try JSONValue(line: line, place: place, kind: #"an object with "question" and "context""#)
        guard case .object(let members) = json else {
            throw BertError(.invalidInput, #"\#(place): not an object with "question" and "context""#)
        }
        func text(_ name: String) throws -> String {
            guard let member = members[name] else {
                throw BertError(.invalidInput, "\(place): the object has no member \"\(name)\"")
            }
            guard let text = member.stringValue else {
                throw BertError(.invalidInput, "\(place): the object's \"\(name)\" is no string")
            }
            return text
        }
        question = Question(try text("question"), context: try text("context"))
        id = members["id"]
        self.place = place
    }

    /// Arguments.
    init(_ question: String, context: String) {
        self.question = Question(question, context: context)
        id = nil
        place = "the question"
    }
}
