import ArgumentParser
import Bert

/// A question from the command line or, without one, questions from a file or standard input.
struct QuestionInput: ParsableArguments {
    @Option(help: "The question. Without it, --input or standard input is read.")
    var question: String?

    @Option(help: "The text that contains the answer to --question.")
    var context: String?

    @OptionGroup var file: InputOptions

    @Option(help: ArgumentHelp("Member or column with the question.", valueName: "name"))
    var questionField = "question"

    @Option(help: ArgumentHelp("Member or column with the context.", valueName: "name"))
    var contextField = "context"

    func validate() throws {
        guard (question == nil) == (context == nil) else {
            throw ValidationError("give --question and --context together")
        }
        guard file.format != .text else {
            throw ValidationError("--format text has no room for a context; take jsonl, json, csv or tsv")
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
