/// The parsed value of `BERT_TRACE`.
enum TraceSetting: Hashable {
    /// Print a table at the end.
    case summary
    /// Print a line after each call.
    case ops
    /// Write all calls to a JSON file.
    case json(path: String)

    /// Parses `summary`, `ops` or `json:PATH`.
    ///
    /// - Throws: ``BertError`` with code `invalidSetting` that lists the valid forms.
    init(parsing text: String) throws {
        switch text {
        case "summary": self = .summary
        case "ops": self = .ops
        case _ where text.hasPrefix("json:") && text.count > 5: self = .json(path: String(text.dropFirst(5)))
        default:
            let nearest = Spelling.nearest(to: text, among: ["summary", "ops"]).map { "; did you mean \($0)?" } ?? ""
            throw BertError(
                .invalidSetting, "\"\(text)\" is not a trace; use summary, ops or json:PATH\(nearest)",
                key: EnvironmentVariable.trace.name, value: .string(text), choices: ["summary", "ops", "json:PATH"])
        }
    }
}
