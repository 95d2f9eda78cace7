import ArgumentParser
import Bert
import BertJSON

/// `bert search`: finds the texts that are most similar to queries.
struct SearchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Find the texts of a corpus that are nearest to a query.",
        discussion: """
            Prints one JSON object per line, in the order of the queries: {"index":0,"query":…,"hits":[{"corpus_id":2,\
            "score":…,"text":…},…]}, best hit first, with the "id" of the query and of the texts, if any. "corpus_id" \
            counts the texts from 0. On a terminal, prints a table unless --output-format is given. The search is exact.

            Queries and documents get the model's prompts. To compute the vectors of the corpus only once, write them \
            with bert embed, with --prompt-name document if the model has this prompt, and pass them as --corpus-vectors. \
            Arrays (.npy) are mapped into memory. Vectors that were written with --output-precision are searched with \
            --corpus-precision; the queries aren't quantized.

            The model's folder or --vectors determines what is compared: dense vectors, sparse vectors (SPLADE), where only \
            texts with a component in common with the query are hits, or token vectors (ColBERT) by MaxSim. With \
            --sparse-model, sparse vectors of a second model are searched too, and both rankings are fused.

            EXAMPLE:
              bert search --model Tests/Fixtures/pipelines/sentence-bert \\
                --corpus Tests/Fixtures/pipelines/corpus.jsonl --top-k 3 "a bad movie"
            """)

    @OptionGroup var options: EmbeddingOptions

    @OptionGroup var source: CorpusOptions

    @Option(help: ArgumentHelp("Number of hits per query.", valueName: "n"))
    var topK = 10

    @OptionGroup var similarity: SimilarityOptions

    @OptionGroup(title: "With two models") var hybrid: HybridOptions

    @OptionGroup var prompts: PromptOptions

    @OptionGroup var job: JobOptions<ObjectFormat>

    @OptionGroup var input: TextInput

    func validate() throws {
        if topK < 1 { throw ValidationError("--top-k must be at least 1, not \(topK)") }
    }

    func run() throws {
        let queries = try input.records()
        let embedder = try options.embedder(for: "bert search")
        if source.corpusPrecision != .float32, embedder.kind != .dense {
            throw ValidationError(
                "--corpus-precision applies to dense vectors; this model's are \(embedder.kind.rawValue) vectors")
        }
        let prompt = prompts.chosen ?? .query
        let empty = try embedder.corpus(similarity.similarity)
        var parts = [
            SearchCorpus.Part(
                vectors: empty, width: embedder.dimension,
                work: try options.work(prompt: source.prompt, with: embedder), file: source.corpusVectors,
                embedding: embedder.kind == .dense ? "" : "--vectors \(embedder.kind.rawValue) ")
        ]
        var work = try options.work(prompt: prompt, with: embedder).map { _, vectors in
            vectors.map { $0.map { [$0] } }
        }
        if let sparse = try hybrid.embedder(options.task) {
            parts.append(
                SearchCorpus.Part(
                    vectors: try TextEmbedder.sparse(sparse).corpus(nil), width: sparse.dimension,
                    work: try options.work(prompt: .document, with: .sparse(sparse)),
                    file: hybrid.sparseCorpusVectors, embedding: "--vectors sparse "))
            work = try work.with(options.work(prompt: .query, with: .sparse(sparse))) { $0 + [$1] }
        }
        let corpus = try SearchCorpus(source, parts)
        let (searched, hybrid, topK) = (corpus.parts.map(\.vectors), hybrid, topK)
        let searching = work.map { records, vectors in
            // One search for all queries that have their vectors.
            let found = vectors.compactMap { try? $0.get() }
            let rankings = try searched.enumerated().map { part, corpus in
                try corpus.search(found.map { $0[part] }, topK: hybrid.depth(topK: topK))
            }
            var hits = try found.indices.map { query in
                try hybrid.fused(rankings.map { $0[query] }, topK: topK)
            }[...]
            return zip(records, vectors).map { record, vector in
                vector.map { _ in QueryHits(query: record.text, hits: hits.removeFirst()) }
            }
        }
        try Job(queries, job, facts: facts(embedder, prompt, empty)).run(searching) {
            writer(of: corpus, to: $0, after: $1)
        }
    }

    private func writer(
        of corpus: SearchCorpus, to output: JobOutput, after count: Int
    ) -> any ResultWriter<QueryHits> {
        if job.chosenFormat == nil, output === JobOutput.standard, Output.isTerminal {
            return HitTable(corpus, to: output)
        }
        return ObjectWriter(job.outputFormat, to: output, after: count) {
            $0["query"] = .string($1.query)
            $0["hits"] = .array(try $1.hits.map(corpus.json))
        }
    }

    private func facts(_ embedder: TextEmbedder, _ prompt: Prompt, _ corpus: any CorpusVectors) throws -> JSONObject {
        try options.facts(embedder, prompt: prompt).merging(source.facts(embedder)).merging(
            hybrid.facts(options.task, topK: topK)
        ).merging([
            "verb": "search", "top-k": .int(topK), "similarity": .string(corpus.similarityName),
        ])
    }
}
