import ArgumentParser
import Bert
import BertJSON

/// Options for computing embeddings, common to all commands that need them.
struct EmbeddingOptions: ParsableArguments {
    @OptionGroup var task: TaskOptions

    @OptionGroup var truncation: TruncationOptions

    @OptionGroup var vectors: VectorOptions

    /// Loads the model.
    func embedder(for verb: String) throws -> SentenceEmbedder {
        let (files, backend) = try task.model(for: verb, .encoder)
        let embedder = try SentenceEmbedder(
            files, as: task.className, on: backend, pooling: vectors.pooling, normalizes: vectors.normalize,
            dimensions: vectors.truncateDimensions)
        task.describe(embedder.facts, on: embedder.backend)
        return embedder
    }

    /// Returns the work that computes the embeddings of texts.
    ///
    /// - Throws: `BertError` if the model doesn't have the prompt.
    func work(prompt: Prompt?, with embedder: SentenceEmbedder) throws -> JobWork<TextRecord, [Float]> {
        let embedding = try JobWork<TextRecord, [Float]>(
            embedder.call(prompt: prompt, options: task.textOptions(truncation))
        ) { $0.text }
        return embedding.map { records, vectors in
            for record in records.prefix(vectors.count) where record.text.isEmpty {
                warn("\(record.place) is empty; its vector only depends on the special tokens")
            }
            return vectors
        }
    }

    /// Returns the facts that embeddings depend on.
    func facts(_ embedder: SentenceEmbedder, prompt: Prompt?) throws -> JSONObject {
        try task.facts(on: embedder.backend).merging(truncation.facts).merging([
            "pooling": .string(embedder.settings.poolingName), "normalize": .bool(embedder.settings.normalizes),
            "truncate-dimensions": .int(embedder.dimension),
            "prompt": .string(try embedder.settings.prompts.text(of: prompt)),
        ])
    }
}

extension EmbeddingSettings {
    /// The names of the pooling modes, such as `cls + mean`.
    var poolingName: String { pooling.map(\.rawValue).joined(separator: " + ") }
}

extension SentenceEmbedder {
    /// A description of the embedder.
    fileprivate var facts: String {
        """
        \(dimension) components, \(settings.poolingName) pooling, \
        \(settings.normalizes ? "normalized" : "not normalized") (\(settings.source)), \
        \(settings.prompts.defaultName.map { "prompt \"\($0)\" by default, " } ?? "")at most \(maximumLength) tokens
        """
    }
}
