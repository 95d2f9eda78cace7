/// A prompt that is prepended to texts before they are embedded.
public enum Prompt: Sendable, Hashable {
    /// The given text; empty for none.
    case text(String)
    /// The prompt with this name in the folder.
    case named(String)
    /// The prompt for queries: the folder's prompt `query`, or none (`encode_query` in sentence-transformers).
    case query
    /// The prompt for documents: the first of the folder's prompts `document`, `passage` and `corpus`, or none
    /// (`encode_document` as documented in sentence-transformers).
    case document
}
