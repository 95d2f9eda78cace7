import ArgumentParser

/// The format of records in the input.
enum InputFormat: String, CaseIterable, ExpressibleByArgument {
    /// One JSON string or object per line.
    case jsonl
    /// A JSON array of strings or objects.
    case json
    /// RFC 4180 with a header.
    case csv
    /// Tab-separated fields with a header. Fields can be quoted only if requested.
    case tsv
    /// One text per line.
    case text

    /// Creates the format for the extension of a file, before `.gz`. Returns nil if the extension is unknown.
    init?(extensionOf path: String) {
        var path = path.lowercased()
        if path.hasSuffix(".gz") { path.removeLast(3) }
        guard let dot = path.lastIndex(of: ".") else { return nil }
        switch path[path.index(after: dot)...] {
        case "jsonl", "ndjson": self = .jsonl
        case "json": self = .json
        case "csv": self = .csv
        case "tsv": self = .tsv
        case "txt", "md": self = .text
        default: return nil
        }
    }

    /// Returns a splitter for an input of this format.
    ///
    /// - Parameters:
    ///   - source: The name of the input in messages.
    ///   - isQuoted: Whether fields of a TSV table can be quoted.
    func splitter(_ source: String, _ fields: some RecordFields, isQuoted: Bool) -> any ValueSplitter {
        func table(_ rows: any RowSplitter, isQuoted: Bool) -> TableSplitter {
            TableSplitter(
                rows, source: source, columns: fields.columns, readsAll: fields.readsEveryColumn,
                hint: fields.formatHint, isQuoted: isQuoted)
        }
        return switch self {
        case .jsonl: JSONLineSplitter(source: source, kind: fields.kind, hint: fields.formatHint)
        case .json: JSONArraySplitter(source: source, kind: fields.kind, hint: fields.formatHint)
        case .csv: table(CSVSplitter(source: source), isQuoted: true)
        case .tsv where isQuoted: table(CSVSplitter(source: source, separator: 0x09), isQuoted: true)
        case .tsv: table(TSVSplitter(source: source), isQuoted: false)
        case .text: TextLineSplitter(source: source)
        }
    }
}
