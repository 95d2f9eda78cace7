import ArgumentParser
import Bert

/// A question from the command line or, without one, questions from a file or standard input.
struct QuestionInput: ParsableArguments {
    @Option(help: "The question. Without it, reads --input or standard input.")
    var question: String?

    @Option(help: "The text that contains the answer.")
    var context: String?

    @OptionGroup var file: InputOptions

    @Option(help: ArgumentHelp("Member or column with the question.", valueName: "name"))
    var questionField = "question"

    @Option(help: ArgumentHelp("Member or column with the context.", valueName: "name"))
    var contextField = "context"

    func validate() throws {
        guard (question == nil) == (context == nil) else {
            throw ValidationError("use --question and --context together")
        }
        guard file.format != .text else {
            throw ValidationError("--format text has no contexts; use jsonl, json, csv or tsv")
        }
        try file.validate(
            hasArguments: question != nil, ("questions", "JSON object with \"question\" and \"context\""))
    }

    /// Returns the questions to answer.
    func records() throws -> JobInput<QuestionFields> {
        var records: [QuestionRecord] = []
        if let question, let context {
            records.append(QuestionRecord(question: Question(question, context: context), place: .only("the question")))
        }
        return try file.records(
            QuestionFields(question: questionField, context: contextField, id: file.idField), records)
    }
}
