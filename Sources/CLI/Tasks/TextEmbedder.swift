import ArgumentParser
import Bert
import BertJSON
import BertPipelines

/// An embedder of any kind of vectors.
enum TextEmbedder {
    case dense(SentenceEmbedder)
    case sparse(SparseEmbedder)
    case tokens(TokenEmbedder)

    /// Loads a model.
    ///
    /// - Parameters:
    ///   - kind: The kind of vectors.
    ///   - files: The model folder.
    ///   - className: The name of a model class; nil to use that of the folder.
    ///   - backend: The options of the backend.
    ///   - verb: The verb, for messages.
    ///   - vectors: The options of dense vectors; nil to use the settings of the folder.
    /// - Throws: `BackendUnavailableError`, `BertError`.
    init(
        _ kind: VectorKind, _ files: ModelFiles, as className: String?, on backend: BackendOptions, for verb: String,
        _ vectors: VectorOptions? = nil
    ) throws {
        let task: ModelTask = kind == .sparse ? .maskedLM : .encoder
        let backend = try backend.resolve(for: verb) {
            try task.className(
                kind == .sparse ? SparseEmbedder.network(files) : files.transformerFiles(), as: className)
        }
        switch kind {
        case .dense:
            self = .dense(
                try SentenceEmbedder(
                    files, as: className, on: backend, pooling: vectors?.pooling, normalizes: vectors?.normalize,
                    dimensions: vectors?.truncateDimensions))
        case .sparse: self = .sparse(try SparseEmbedder(files, as: className, on: backend))
        case .tokens: self = .tokens(try TokenEmbedder(files, as: className, on: backend))
        }
    }

    var kind: VectorKind {
        switch self {
        case .dense: .dense
        case .sparse: .sparse
        case .tokens: .tokens
        }
    }

    /// A description of the backend.
    var backend: BackendInfo {
        switch self {
        case .dense(let embedder): embedder.backend
        case .sparse(let embedder): embedder.backend
        case .tokens(let embedder): embedder.backend
        }
    }

    /// The number of components of a vector.
    var dimension: Int {
        switch self {
        case .dense(let embedder): embedder.dimension
        case .sparse(let embedder): embedder.dimension
        case .tokens(let embedder): embedder.dimension
        }
    }

    /// The prompts of the folder.
    var prompts: FolderPrompts {
        switch self {
        case .dense(let embedder): embedder.settings.prompts
        case .sparse(let embedder): embedder.prompts
        case .tokens(let embedder): embedder.prompts
        }
    }

    /// Returns the text of a prompt. Sparse and token embedders accept the names `query` and `document` even if the
    /// folder has no such prompts.
    ///
    /// - Throws: `BertError` if the model has no such prompt.
    func promptText(_ prompt: Prompt?) throws -> String {
        guard kind != .dense else { return try prompts.text(of: prompt) }
        if prompt?.isOfQueries == true { return try prompts.text(of: .query) }
        let isOfDocuments = prompt == .named("document") || prompt == nil && kind == .tokens
        return try prompts.text(of: isOfDocuments ? .document : prompt)
    }

    /// A description of the embedder.
    var description: String {
        switch self {
        case .dense(let embedder):
            let settings = embedder.settings
            return """
                \(embedder.dimension) components, \(settings.poolingName) pooling, \
                \(settings.normalizes ? "normalized" : "not normalized") (\(settings.source)), \(defaultPrompt)\
                at most \(embedder.maximumLength) tokens
                """
        case .sparse(let embedder):
            return """
                sparse vectors of \(embedder.dimension) components\
                \(embedder.isInferenceFree ? ", static weights for queries" : ""), \(defaultPrompt)\
                at most \(embedder.maximumLength) tokens
                """
        case .tokens(let embedder):
            return """
                a vector of \(embedder.dimension) components for each token, queries of at most \
                \(embedder.maximumLength(.query)) tokens, documents of at most \(embedder.maximumLength(.document))
                """
        }
    }

    private var defaultPrompt: String { prompts.defaultName.map { "prompt \"\($0)\" by default, " } ?? "" }
}

/// The vector of a text, or its token vectors.
enum TextVector: Sendable {
    case dense([Float])
    case sparse(SparseVector)
    case tokens([[Float]])
}

extension EmbeddingSettings {
    /// The names of the pooling modes, such as `cls + mean`.
    var poolingName: String { pooling.map(\.rawValue).joined(separator: " + ") }
}

extension Prompt {
    /// Whether this is the prompt for queries.
    var isOfQueries: Bool { self == .query || self == .named("query") }
}
