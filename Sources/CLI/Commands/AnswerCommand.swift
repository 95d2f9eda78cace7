import ArgumentParser
import Bert
import BertJSON

/// `bert qa`: answers in texts.
struct AnswerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "qa",
        abstract: "Find the answers to questions in texts.",
        discussion: """
            One JSON object a line, in the order of the questions: {"index":0,"answers":[{"score":…,"start":…,"end":…,\
            "answer":…},…]}, with the "id" of its input if there was one. The answers are those of Hugging Face's \
            pipeline; start and end count Unicode scalars of the context. A line of standard input is an object with \
            "question" and "context". Long contexts are read through windows that overlap.

            EXAMPLE:
              bert qa --model Tests/Fixtures/pipelines/bert-qa --top-k 2 \\
                --question "what was it?" --context "it was a great movie"
            """)

    @OptionGroup var options: TaskOptions

    @Option(help: "The most answers to give.")
    var topK = 1

    @Option(help: "The tokens that windows share (default: half of a window, at most 128).")
    var docStride: Int?

    @Option(help: "The most tokens of a window, question included (default: what the model takes, at most 384).")
    var maxSeqLen: Int?

    @Option(help: "The most tokens of an answer.")
    var maxAnswerLen = 15

    @Flag(help: "Let an empty answer say that there is none.")
    var handleImpossibleAnswer = false

    @Flag(help: "Let answers begin and end within words.")
    var noAlignToWords = false

    @Option(help: "The question; without it, standard input is read.")
    var question: String?

    @Option(help: "The text to find the answer to --question in.")
    var context: String?

    func validate() throws {
        guard topK >= 1 else { throw ValidationError("--top-k is \(topK); at least 1") }
        guard maxAnswerLen >= 1 else { throw ValidationError("--max-answer-len is \(maxAnswerLen); at least 1") }
        if let docStride, docStride < 0 { throw ValidationError("--doc-stride is \(docStride); at least 0") }
        if let maxSeqLen, maxSeqLen < 1 { throw ValidationError("--max-seq-len is \(maxSeqLen); at least 1") }
        guard (question == nil) == (context == nil) else {
            throw ValidationError("--question and --context belong together")
        }
    }

    func run() throws {
        let answerer = try QuestionAnswerer(
            ModelFiles(folder: options.source.folder()), on: options.backend.resolve(for: "bert qa"))
        options.describe("at most \(answerer.maximumLength) tokens", on: answerer.backend)
        var answerOptions = AnswerOptions()
        answerOptions.topK = topK
        answerOptions.stride = docStride
        answerOptions.maximumLength = maxSeqLen
        answerOptions.maximumAnswerLength = maxAnswerLen
        answerOptions.allowsNoAnswer = handleImpossibleAnswer
        answerOptions.alignsToWords = !noAlignToWords
        answerOptions.tokenBudget = options.maxBatchTokens
        var writer = ObjectWriter(.jsonl)
        func answer(_ records: [QuestionRecord]) throws {
            try options.forEach(records) {
                try answerer.answer($0.map(\.question), options: answerOptions) as [[Answer]]
            } write: { records, results in
                try writer.write(records, results) { $0["answers"] = .array($1.map(Self.json)) }
            }
        }
        if let question, let context { return try answer([QuestionRecord(question, context: context)]) }
        // Lines, one at a time: contexts are long, and an answer is wanted as soon as it is there.
        try InputLines.forEach { number, line in
            try answer([QuestionRecord(line: line, number: number)])
        }
    }

    private static func json(_ answer: Answer) -> JSONValue {
        [
            "score": .double(answer.score), "start": .int(answer.start), "end": .int(answer.end),
            "answer": .string(answer.answer),
        ]
    }
}
