public import BertCheckpoints

/// A kind of text vectors.
public enum VectorKind: String, Sendable, Hashable, CaseIterable {
    /// One dense vector per text: ``SentenceEmbedder``.
    case dense
    /// One sparse vector per text, with a component per token of the vocabulary: ``SparseEmbedder``.
    case sparse
    /// One dense vector per token, for late interaction: ``TokenEmbedder``.
    case tokens

    /// Returns the kind that a folder is configured for; nil if it has no such configuration. A bare masked language
    /// model has none, but can compute sparse vectors.
    public init?(configuredBy files: ModelFiles) {
        if TokenEmbedder.canRead(files) {
            self = .tokens
        } else if SparseEmbedder.canRead(files) {
            self = .sparse
        } else if files.contains("modules.json"),
            (try? SentenceModules.modules(files))?.contains(where: { $0.kind == "Pooling" }) == true
        {
            self = .dense
        } else {
            return nil
        }
    }
}
