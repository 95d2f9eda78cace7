/// What is put before a text that is embedded.
public enum Prompt: Sendable, Hashable {
    /// These words; empty for none.
    case text(String)
    /// The folder's prompt of this name.
    case named(String)
    /// What the folder puts before queries: its prompt `query`, or nothing (`encode_query` in sentence-transformers).
    case query
    /// What the folder puts before what is searched: the first of its prompts `document`, `passage` and `corpus`, or
    /// nothing (`encode_document`, as it is documented there).
    case document
}
