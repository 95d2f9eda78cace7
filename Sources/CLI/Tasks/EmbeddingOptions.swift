import ArgumentParser
import Bert
import BertJSON
import BertPipelines

/// Options for computing embeddings, common to all commands that need them.
struct EmbeddingOptions: ParsableArguments {
    @OptionGroup var task: TaskOptions

    @OptionGroup var truncation: TruncationOptions

    @Option(
        name: .customLong("vectors"),
        help: ArgumentHelp(
            "The kind of vectors: dense (one per text), sparse (over the vocabulary) or tokens (one per token) (default: from the model).",
            valueName: "kind"),
        transform: choice)
    var kind: VectorKind?

    @Option(
        help: ArgumentHelp("Keep only the n greatest components of a sparse vector (default: all).", valueName: "n"))
    var maxActiveDims: Int?

    @OptionGroup var vectors: VectorOptions

    func validate() throws {
        if let maxActiveDims, maxActiveDims < 1 {
            throw ValidationError("--max-active-dims must be at least 1, not \(maxActiveDims)")
        }
        if let kind { try check(kind, "--vectors \(kind.rawValue)") }
    }

    /// Loads the model with the requested kind of vectors, by default the kind of its folder.
    ///
    /// - Throws: `ValidationError` for options of another kind of vectors.
    func embedder(for verb: String) throws -> TextEmbedder {
        let folder = try ModelFiles(folder: task.source.folder())
        let kind = kind ?? VectorKind(configuredBy: folder) ?? .dense
        try check(kind, "\(folder.location) makes \(kind.words)")
        let embedder = try TextEmbedder(
            kind, folder, as: task.className, on: task.backend, for: verb, vectors)
        task.describe(embedder.description, on: embedder.backend)
        return embedder
    }

    /// Checks that no option is for another kind of vectors.
    private func check(_ kind: VectorKind, _ reason: String) throws {
        var useless: [(name: String, use: String)] = []
        if kind != .dense {
            let use = "for dense vectors"
            if vectors.pooling != nil { useless.append(("--pooling", use)) }
            if let normalize = vectors.normalize {
                useless.append((normalize ? "--normalize" : "--no-normalize", use))
            }
            if vectors.truncateDimensions != nil { useless.append(("--truncate-dimensions", use)) }
        }
        if kind != .sparse, maxActiveDims != nil {
            useless.append(("--max-active-dims", "for sparse vectors"))
        }
        guard let option = useless.first else { return }
        throw ValidationError("\(option.name) is \(option.use); \(reason)")
    }

    /// Returns the work that computes the dense vectors of texts.
    ///
    /// - Throws: `BertError` if the model doesn't have the prompt.
    func work(prompt: Prompt?, with embedder: SentenceEmbedder) throws -> JobWork<TextRecord, [Float]> {
        work(of: try embedder.call(prompt: prompt, options: task.textOptions(truncation)))
    }

    /// Returns the work that computes the sparse vectors of texts.
    ///
    /// - Throws: `BertError` if the model has no such prompt.
    func work(prompt: Prompt?, with embedder: SparseEmbedder) throws -> JobWork<TextRecord, SparseVector> {
        work(
            of: try embedder.call(
                prompt: prompt, maxActiveDims: maxActiveDims, options: task.textOptions(truncation)))
    }

    /// Returns the work that computes the token vectors of texts: of queries with the prompt for queries, otherwise of
    /// documents.
    ///
    /// - Throws: `BertError` if the model has no such prompt.
    func work(prompt: Prompt?, with embedder: TokenEmbedder) throws -> JobWork<TextRecord, [[Float]]> {
        let isOfSide = prompt?.isOfQueries == true || prompt == .named("document")
        return work(
            of: try embedder.call(
                as: prompt?.isOfQueries == true ? .query : .document, prompt: isOfSide ? nil : prompt,
                options: task.textOptions(truncation)))
    }

    /// Returns the work that computes vectors of any kind.
    ///
    /// - Throws: `BertError` if the model has no such prompt.
    func work(prompt: Prompt?, with embedder: TextEmbedder) throws -> JobWork<TextRecord, TextVector> {
        switch embedder {
        case .dense(let embedder):
            try work(prompt: prompt, with: embedder).map { _, vectors in vectors.map { $0.map(TextVector.dense) } }
        case .sparse(let embedder):
            try work(prompt: prompt, with: embedder).map { _, vectors in vectors.map { $0.map(TextVector.sparse) } }
        case .tokens(let embedder):
            try work(prompt: prompt, with: embedder).map { _, vectors in vectors.map { $0.map(TextVector.tokens) } }
        }
    }

    private func work<Vector>(of call: PipelineCall<String, Vector>) -> JobWork<TextRecord, Vector> {
        JobWork(call) { (record: TextRecord) in record.text }.map { records, vectors in
            for record in records.prefix(vectors.count) where record.text.isEmpty {
                warn("\(record.place) is empty; its vector only depends on the special tokens")
            }
            return vectors
        }
    }

    /// Returns the facts that vectors depend on, the same ones for all kinds.
    func facts(_ embedder: TextEmbedder, prompt: Prompt?) throws -> JSONObject {
        var facts = try task.facts(on: embedder.backend).merging(truncation.facts).merging([
            "vectors": .string(embedder.kind.rawValue), "max-active-dims": maxActiveDims.map { .int($0) } ?? "",
            "pooling": "", "normalize": "", "truncate-dimensions": "", "side": "",
            "prompt": .string(try embedder.promptText(prompt)),
        ])
        switch embedder {
        case .dense(let embedder):
            facts["pooling"] = .string(embedder.settings.poolingName)
            facts["normalize"] = .bool(embedder.settings.normalizes)
            facts["truncate-dimensions"] = .int(embedder.dimension)
        case .sparse, .tokens:
            // Queries and documents differ in more than their prompts.
            facts["side"] = prompt?.isOfQueries == true ? "query" : "document"
        }
        return facts
    }
}

extension VectorKind {
    /// The plural name in messages.
    var words: String {
        switch self {
        case .dense: "dense vectors"
        case .sparse: "sparse vectors"
        case .tokens: "token vectors"
        }
    }
}
