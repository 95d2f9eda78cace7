/// What `BERT_TRACE` asks for.
enum TraceSetting: Hashable {
    /// A table at the end.
    case summary
    /// A line for each call as it ends.
    case ops
    /// All of it, into a file at the end.
    case json(path: String)

    /// Reads `summary`, `ops` or `json:PATH`.
    ///
    /// - Throws: ``BertError`` with code `invalidSetting`, with the known forms.
    init(parsing text: String) throws {
        switch text {
        case "summary": self = .summary
        case "ops": self = .ops
        case _ where text.hasPrefix("json:") && text.count > 5: self = .json(path: String(text.dropFirst(5)))
        default:
            let nearest = Spelling.nearest(to: text, among: ["summary", "ops"]).map { "; did you mean \($0)?" } ?? ""
            throw BertError(
                .invalidSetting,
                "BERT_TRACE is \"\(text)\"; it takes summary, ops or json:PATH\(nearest)")
        }
    }
}
