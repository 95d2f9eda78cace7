import ArgumentParser
import Bert
import BertJSON

/// `bert rerank`: which texts answer a query best.
struct RerankCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rerank",
        abstract: "Sort texts by how well they answer a query, with a cross-encoder.",
        discussion: """
            One JSON object a line, the best first: {"index":2,"score":…}, where "index" says which of the texts it \
            is, with the "id" of its input if there was one. The model is a sequence classifier with one label; it \
            reads all texts before anything is written.

            EXAMPLE:
              bert rerank --model Tests/Fixtures/models/bert-seqcls-regression \\
                --query "is it good?" "a great film" "a bad plot"
            """)

    @OptionGroup var options: TextTaskOptions

    @Option(help: ArgumentHelp("What the texts answer.", valueName: "text"))
    var query: String

    @Flag(help: "Give the model's logits rather than scores from 0 to 1.")
    var rawScores = false

    @Flag(help: "Give each text with its score.")
    var returnText = false

    @Option(help: ArgumentHelp("Give only this many texts.", valueName: "n"))
    var topK: Int?

    @Option(help: "How results are written.")
    var outputFormat = ObjectFormat.jsonl

    @OptionGroup var input: TextInput

    func validate() throws {
        if let topK, topK < 1 { throw ValidationError("--top-k is \(topK); at least 1") }
    }

    func run() throws {
        let backend = try options.task.backend.resolve(for: "bert rerank")
        let reranker = try Reranker(ModelFiles(folder: options.task.source.folder()), on: backend)
        options.task.describe("at most \(reranker.maximumLength) tokens", on: backend.info)
        var records: [TextRecord] = []
        try input.forEachGroup { records += $0 }
        var ranks: [RankedText] = []
        try options.task.forEach(records) { records -> [RankedText] in
            try reranker.rerank(query, records.map(\.text), rawScores: rawScores, options: options.textOptions)
        } write: {
            // A text that can't be scored ends the run: there is no order without it.
            if $0.count == records.count { ranks = $1 }
        }
        var writer = ObjectWriter(outputFormat)
        try writer.write(
            ranks.prefix(topK ?? ranks.count).map { rank in
                var object = JSONObject(records[rank.index], index: rank.index)
                if returnText { object["text"] = .string(records[rank.index].text) }
                object["score"] = .double(rank.score)
                return object
            })
        try writer.finish()
    }
}
