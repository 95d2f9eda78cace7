import ArgumentParser
import Bert
import BertJSON

/// `bert qa`: answers questions about texts.
struct AnswerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "qa",
        abstract: "Answer questions from texts.",
        discussion: """
            Prints one JSON object per line, in the order of the questions: {"index":0,"answers":[{"score":…,"start":…,"end":…,\
            "answer":…},…]}, with the "id" of the input, if any. The answers are the same as those of the question-answering \
            pipeline in transformers; start and end count Unicode scalars of the context. The input has objects with \
            "question" and "context", or columns with these names. Long contexts are split into overlapping windows.

            EXAMPLE:
              bert qa --model Tests/Fixtures/pipelines/bert-qa --top-k 2 \\
                --question "what was it?" --context "it was a great movie"
            """)

    @OptionGroup var task: TaskOptions

    @Option(help: "Maximum number of answers.")
    var topK = 1

    @Option(help: "Overlap of windows, in tokens (default: half a window, at most 128).")
    var docStride: Int?

    @Option(
        help:
            "Maximum length of a window, in tokens, including the question (default: the model's maximum, at most 384)."
    )
    var maxSeqLen: Int?

    @Option(help: "Maximum length of an answer, in tokens.")
    var maxAnswerLen = 15

    @Flag(help: "Allow an empty answer if the context doesn't contain one.")
    var handleImpossibleAnswer = false

    @Flag(help: "Allow answers to begin and end inside words.")
    var noAlignToWords = false

    @OptionGroup var job: JobOptions<ObjectFormat>

    @OptionGroup var input: QuestionInput

    func validate() throws {
        guard topK >= 1 else { throw ValidationError("--top-k must be at least 1, not \(topK)") }
        guard maxAnswerLen >= 1 else {
            throw ValidationError("--max-answer-len must be at least 1, not \(maxAnswerLen)")
        }
        if let docStride, docStride < 0 { throw ValidationError("--doc-stride must be at least 0, not \(docStride)") }
        if let maxSeqLen, maxSeqLen < 1 { throw ValidationError("--max-seq-len must be at least 1, not \(maxSeqLen)") }
    }

    func run() throws {
        let records = try input.records()
        let (files, backend) = try task.model(for: "bert qa", .questionAnswering)
        let answerer = try QuestionAnswerer(files, as: task.className, on: backend)
        task.describe("at most \(answerer.maximumLength) tokens", on: answerer.backend)
        let work = try JobWork<QuestionRecord, [Answer]>(answerer.call(options: answerOptions)) { $0.question }
        try Job(records, job, facts: facts(on: answerer.backend)).run(work) {
            ObjectWriter(job.outputFormat, to: $0, after: $1, as: "answers")
        }
    }

    private var answerOptions: AnswerOptions {
        var answerOptions = AnswerOptions()
        answerOptions.topK = topK
        answerOptions.stride = docStride
        answerOptions.maximumLength = maxSeqLen
        answerOptions.maximumAnswerLength = maxAnswerLen
        answerOptions.allowsNoAnswer = handleImpossibleAnswer
        answerOptions.alignsToWords = !noAlignToWords
        answerOptions.tokenBudget = task.maxBatchTokens
        return answerOptions
    }

    private func facts(on backend: BackendInfo) throws -> JSONObject {
        try task.facts(on: backend).merging([
            "verb": "qa", "top-k": .int(topK), "doc-stride": .int(docStride ?? -1),
            "max-seq-len": .int(maxSeqLen ?? 0), "max-answer-len": .int(maxAnswerLen),
            "handle-impossible-answer": .bool(handleImpossibleAnswer), "no-align-to-words": .bool(noAlignToWords),
        ])
    }
}
