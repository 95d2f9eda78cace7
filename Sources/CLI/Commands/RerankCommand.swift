import ArgumentParser
import Bert
import BertJSON

/// `bert rerank`: ranks texts by their relevance to a query.
struct RerankCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rerank",
        abstract: "Sort texts by how well they answer a query, using a cross-encoder.",
        discussion: """
            One JSON object per line, the best first: {"index":2,"score":…}, where "index" is the position of the \
            text, and the "id" of its input, if any. The model is a sequence classifier with one label. All texts \
            are read before anything is written.

            EXAMPLE:
              bert rerank --model Tests/Fixtures/models/bert-seqcls-regression \\
                --query "is it good?" "a great film" "a bad plot"
            """)

    @OptionGroup var task: TaskOptions

    @OptionGroup var truncation: TruncationOptions

    @Option(help: ArgumentHelp("The query that the texts answer.", valueName: "text"))
    var query: String

    @Flag(help: "Give logits rather than scores from 0 to 1.")
    var rawScores = false

    @Flag(help: "Print each text with its score.")
    var returnText = false

    @Option(help: ArgumentHelp("Print only the best n texts.", valueName: "n"))
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
        if let topK, topK < 1 { throw ValidationError("--top-k is \(topK); at least 1") }
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
