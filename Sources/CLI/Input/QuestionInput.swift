import ArgumentParser
import Bert

/// A question from the command line or, if there is none, many from a file or standard input.
struct QuestionInput: ParsableArguments {
    @Option(help: "The question; without it, --input or standard input is read.")
    var question: String?

    @Option(help: "The text to find the answer to --question in.")
    var context: String?

    @OptionGroup var file: InputOptions

    @Option(help: ArgumentHelp("The member or column that is the question.", valueName: "name"))
    var questionField = "question"

    @Option(help: ArgumentHelp("The member or column that is the context.", valueName: "name"))
    var contextField = "context"

    func validate() throws {
        guard (question == nil) == (context == nil) else {
            throw ValidationError("--question and --context belong together")
        }
        guard file.format != .text else {
            throw ValidationError("--format text has no room for a context; take jsonl, json, csv or tsv")
        }
        try file.validate(
            hasArguments: question != nil, ("questions", "JSON object with \"question\" and \"context\""))
    }

    /// The questions to answer.
    func records() throws -> JobInput<QuestionFields> {
        var records: [QuestionRecord] = []
        if let question, let context {
            records.append(QuestionRecord(question: Question(question, context: context), place: "the question"))
        }
        return try file.records(
            QuestionFields(question: questionField, context: contextField, id: file.idField), records)
    }
}
