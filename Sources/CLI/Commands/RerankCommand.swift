import ArgumentParser
import Bert
import BertJSON

/// `bert rerank`: ranks texts by their relevance to a query.
struct RerankCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rerank",
        abstract: "Sort texts by relevance to a query, with a cross-encoder.",
        discussion: """
            Prints one JSON object per line, best first: {"index":2,"score":…}, where "index" is the position of the text, with \
            the "id" of the input, if any. The model must be a sequence classifier with one label. Output starts after all \
            texts are read.

            EXAMPLE:
              bert rerank --model Tests/Fixtures/models/bert-seqcls-regression \\
                --query "is it good?" "a great film" "a bad plot"
            """)

    @OptionGroup var task: TaskOptions

    @OptionGroup var truncation: TruncationOptions

    @Option(help: ArgumentHelp("The query.", valueName: "text"))
    var query: String

    @Flag(help: "Print logits instead of scores from 0 to 1.")
    var rawScores = false

    @Flag(help: "Print each text with its score.")
    var returnText = false

    @Option(help: ArgumentHelp("Only print the n best texts.", valueName: "n"))
    var topK: Int?

    @OptionGroup var output: OutputOptions

    @Option(
        name: .customLong("output-format"),
        help: ArgumentHelp("Output format (default: from the file name, or jsonl).", valueName: "output-format"))
    var chosenFormat: ObjectFormat?

    @OptionGroup var errors: ErrorOptions

    @OptionGroup var input: TextInput

    func validate() throws {
        _ = try OutputEnding.format(output.output, chosen: chosenFormat, usual: .jsonl)
        if let topK, topK < 1 { throw ValidationError("--top-k must be at least 1, not \(topK)") }
    }

    func run() throws {
        let outputFormat = try OutputEnding.format(output.output, chosen: chosenFormat, usual: .jsonl)
        let records = try input.records()
        let (files, backend) = try task.model(for: "bert rerank", .sequenceClassification)
        let reranker = try Reranker(files, as: task.className, on: backend)
        task.describe("at most \(reranker.maximumLength) tokens", on: backend.info)
        let (rawScores, returnText) = (rawScores, returnText)
        let scoring = try JobWork<TextRecord, PassageScore>(
            reranker.call(query, options: task.textOptions(truncation))
        ) { $0.text }
        let work = scoring.map { records, results in
            zip(records, results).map { record, result in
                result.map { score in
                    var members: JSONObject = [:]
                    if returnText { members["text"] = .string(record.text) }
                    members["score"] = .double(score.score(raw: rawScores))
                    return RankingWriter.Value(score: score, members: members)
                }
            }
        }
        try Job(records, output: output, onError: errors.onError).run(work) { output, _ in
            RankingWriter(outputFormat, to: output, limit: topK)
        }
    }
}
