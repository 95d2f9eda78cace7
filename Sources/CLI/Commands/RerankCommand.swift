import ArgumentParser
import Bert
import BertJSON

/// `bert rerank`: ranks texts by their relevance to a query.
struct RerankCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rerank",
        abstract: "Sort texts by relevance to a query.",
        discussion: """
            Prints one JSON object per line, best first: {"index":2,"score":…}, where "index" is the position of the text, with \
            the "id" of the input, if any. Output starts after all texts are read.

            The model is a sequence classifier with one label (a cross-encoder), unless its folder or --vectors determines \
            sparse vectors (SPLADE), compared by their dot product, or token vectors (ColBERT), compared by MaxSim.

            EXAMPLE:
              bert rerank --model Tests/Fixtures/models/bert-seqcls-regression \\
                --query "is it good?" "a great film" "a bad plot"
            """)

    @OptionGroup var task: TaskOptions

    @OptionGroup var truncation: TruncationOptions

    @Option(
        name: .customLong("vectors"),
        help: ArgumentHelp(
            "Score by vectors instead of a cross-encoder: sparse or tokens (default: from the model).",
            valueName: "kind"),
        transform: choice)
    var kind: VectorKind?

    @Option(help: ArgumentHelp("The query.", valueName: "text"))
    var query: String

    @Flag(
        help: """
            Print logits, without the activation function of the model (default: sigmoid). Scores of vectors are unchanged.
            """)
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
        if kind == .dense {
            throw ValidationError("--vectors must be sparse or tokens here; bert search sorts texts by dense vectors")
        }
    }

    func run() throws {
        let outputFormat = try OutputEnding.format(output.output, chosen: chosenFormat, usual: .jsonl)
        let records = try input.records()
        let (scoring, isRaw) = try scoring()
        let returnText = returnText
        let work = scoring.map { records, results in
            zip(records, results).map { record, result in
                result.map { score in
                    var members: JSONObject = [:]
                    if returnText { members["text"] = .string(record.text) }
                    members["score"] = .double(score.score(raw: isRaw))
                    return RankingWriter.Value(score: score, members: members)
                }
            }
        }
        try Job(records, output: output, onError: errors.onError).run(work) { output, _ in
            RankingWriter(outputFormat, to: output, limit: topK)
        }
    }

    /// Returns the work that scores texts, and whether its scores are written without an activation function.
    private func scoring() throws -> (work: JobWork<TextRecord, PassageScore>, isRaw: Bool) {
        let folder = try ModelFiles(folder: task.source.folder())
        let options = task.textOptions(truncation)
        guard let kind = kind ?? VectorKind(configuredBy: folder) else {
            let (files, backend) = try task.model(for: "bert rerank", .sequenceClassification)
            let reranker = try Reranker(files, as: task.className, on: backend)
            task.describe("at most \(reranker.maximumLength) tokens", on: backend.info)
            return (JobWork(try reranker.call(query, options: options)) { $0.text }, rawScores)
        }
        let refusal = BertError(
            .invalidConfiguration,
            """
            the model computes dense vectors, which bert search compares; bert rerank requires a sequence classifier with \
            one label, or a model of sparse or token vectors
            """, file: folder.location)
        guard kind != .dense else { throw refusal }
        let embedder = try TextEmbedder(kind, folder, as: task.className, on: task.backend, for: "bert rerank")
        task.describe(embedder.description, on: embedder.backend)
        switch embedder {
        case .sparse(let embedder):
            let vector = try embedder.embed([query], prompt: .query, options: options)[0]
            let vectors = JobWork<TextRecord, SparseVector>(
                try embedder.call(prompt: .document, options: options)
            ) { $0.text }
            return (
                vectors.map { _, vectors in
                    vectors.map { $0.map { PassageScore(logit: embedder.similarity.score(vector, $0)) } }
                }, true
            )
        case .tokens(let embedder):
            let queryVectors = try embedder.embed([query], as: .query, options: options)[0]
            let vectors = JobWork<TextRecord, [[Float]]>(
                try embedder.call(as: .document, options: options)
            ) { $0.text }
            return (
                vectors.map { _, vectors in
                    var scores = try embedder.scores(queryVectors, vectors.compactMap { try? $0.get() })[...]
                    return vectors.map { $0.map { _ in PassageScore(logit: scores.removeFirst()) } }
                }, true
            )
        case .dense: throw refusal
        }
    }
}
