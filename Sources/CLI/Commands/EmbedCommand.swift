import ArgumentParser
import Bert
import BertJSON

/// `bert embed`: computes embeddings of texts.
struct EmbedCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "embed",
        abstract: "Compute embeddings of texts.",
        discussion: """
            Prints one JSON object per line, in the order of the texts: {"index":0,"embedding":[…]}, with the "id" of the \
            input, if any. The model's folder determines pooling, normalization and prompts.

            Sparse vectors (SPLADE) are {"index":0,"sparse":[{"index":1037,"value":1.25},…]}, with the nonzero components \
            over the vocabulary. Token vectors for late interaction (ColBERT) are {"index":0,"vectors":[[…],…]}; \
            --prompt-name query computes those of queries, otherwise those of documents. The model's folder determines \
            the kind unless --vectors is given; sparse works with any masked language model.

            Batch jobs run in constant memory. Until a job is complete, OUTPUT.bert-job is stored next to the output, and \
            --resume continues the job after an interruption. At SIGINT, the program writes the finished results and \
            exits with 130.

            --output-precision int8 and uint8 require --ranges: a file with the vectors of sample texts, as written by \
            this command, or with two vectors, the minimum and the maximum of each component. They are mapped to the \
            first and the last of 256 steps. There is no default, because vectors with different ranges can't be \
            compared.

            EXAMPLE:
              printf '%s\\n' 'id,body' '7,a great film' '8,"slow, but good"' \\
                | bert embed --model Tests/Fixtures/pipelines/sentence-bert \\
                    --format csv --text-field body
            """)

    @OptionGroup var options: EmbeddingOptions

    @Flag(help: "Print the token of each component of a sparse vector.")
    var returnTokens = false

    @OptionGroup var prompts: PromptOptions

    @OptionGroup var precision: PrecisionOptions

    @OptionGroup var job: JobOptions<VectorFormat>

    @OptionGroup var input: TextInput

    func run() throws {
        let records = try input.records()
        let embedder = try options.embedder(for: "bert embed")
        let job = try Job(records, job, facts: facts(embedder))
        switch embedder {
        case .dense(let embedder): try embed(job, with: embedder)
        case .sparse(let embedder): try embed(job, with: embedder)
        case .tokens(let embedder): try embed(job, with: embedder)
        }
    }

    private func embed(_ job: Job<TextFields>, with embedder: SentenceEmbedder) throws {
        if returnTokens { throw ValidationError("--return-tokens is for sparse vectors, not for dense ones") }
        let quantize = try precision.quantizer(for: embedder)
        let work = try options.work(prompt: prompts.chosen, with: embedder).map { _, vectors in
            try vectors.map { vector in
                switch vector {
                case .success(let vector): .success(try quantize(vector))
                case .failure(let error): .failure(error)
                }
            }
        }
        try job.run(work) {
            try self.job.outputFormat.writer(
                member: "embedding", width: quantize.count(of: embedder.dimension), of: precision.outputPrecision,
                to: $0, after: $1)
        }
    }

    private func embed(_ job: Job<TextFields>, with embedder: SparseEmbedder) throws {
        let format = try objectFormat(for: .sparse)
        try job.run(options.work(prompt: prompts.chosen, with: embedder)) {
            ObjectWriter(format, to: $0, after: $1) {
                $0["sparse"] = .array(try components($1, of: embedder))
            }
        }
    }

    private func embed(_ job: Job<TextFields>, with embedder: TokenEmbedder) throws {
        if returnTokens { throw ValidationError("--return-tokens is for sparse vectors, not for vectors of tokens") }
        let format = try objectFormat(for: .tokens)
        try job.run(options.work(prompt: prompts.chosen, with: embedder)) {
            ObjectWriter(format, to: $0, after: $1, as: "vectors")
        }
    }

    /// Returns the components of a sparse vector, with their tokens if `--return-tokens` is set.
    private func components(_ vector: SparseVector, of embedder: SparseEmbedder) throws -> [JSONValue] {
        guard returnTokens else { return try JSONValue(encoding: vector).arrayValue ?? [] }
        return zip(vector.indices, vector.values).map { index, value in
            .object([
                "index": .int(Int(index)), "token": embedder.token(index).map { .string($0) } ?? .null,
                "value": .float(value),
            ])
        }
    }

    /// Returns the format of results that aren't rows of equal width.
    ///
    /// - Throws: `ValidationError` for another one, and for a precision other than float32.
    private func objectFormat(for kind: VectorKind) throws -> ObjectFormat {
        guard precision.outputPrecision == .float32 else {
            throw ValidationError(
                "--output-precision \(precision.outputPrecision.rawValue) is for dense vectors; \(kind.words) are float32"
            )
        }
        guard let format = ObjectFormat(rawValue: job.outputFormat.rawValue) else {
            throw ValidationError(
                "\(kind.words) are written as jsonl or json, and the output is \(job.outputFormat.rawValue)")
        }
        return format
    }

    private func facts(_ embedder: TextEmbedder) throws -> JSONObject {
        try options.facts(embedder, prompt: prompts.chosen).merging(precision.facts()).merging([
            "verb": "embed", "return-tokens": .bool(returnTokens),
        ])
    }
}
