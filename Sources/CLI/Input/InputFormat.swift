import ArgumentParser

/// How records are written in the input.
enum InputFormat: String, CaseIterable, ExpressibleByArgument {
    /// One JSON string or object a line.
    case jsonl
    /// One JSON array of strings or objects.
    case json
    /// RFC 4180 with a heading.
    case csv
    /// Columns with tabs between, no quotes, with a heading.
    case tsv
    /// A text a line.
    case text

    /// What a file's name says; nil if it says nothing.
    init?(extensionOf path: String) {
        guard let dot = path.lastIndex(of: ".") else { return nil }
        switch path[path.index(after: dot)...].lowercased() {
        case "jsonl", "ndjson": self = .jsonl
        case "json": self = .json
        case "csv": self = .csv
        case "tsv": self = .tsv
        case "txt": self = .text
        default: return nil
        }
    }

    /// What cuts such an input into values.
    ///
    /// - Parameter source: what to call the input in messages.
    func splitter(_ source: String, _ fields: some RecordFields) -> any ValueSplitter {
        switch self {
        case .jsonl: JSONLineSplitter(source: source, kind: fields.kind)
        case .json: JSONArraySplitter(source: source, kind: fields.kind)
        case .csv: TableSplitter(CSVSplitter(source: source), source: source, columns: fields.columns)
        case .tsv: TableSplitter(TSVSplitter(source: source), source: source, columns: fields.columns)
        case .text: TextLineSplitter(source: source)
        }
    }
}
