import ArgumentParser

/// How records are written in the input.
enum InputFormat: String, CaseIterable, ExpressibleByArgument {
    /// One JSON string or object a line.
    case jsonl
    /// One JSON array of strings or objects.
    case json
    /// RFC 4180 with a heading.
    case csv
    /// Fields separated by tabs, quoted only if asked for, with a heading.
    case tsv
    /// A text a line.
    case text

    /// The format that a file's name ends in, before `.gz`; nil if the ending is none that is known.
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

    /// Cuts an input of this format into values.
    ///
    /// - Parameters:
    ///   - source: the name of the input in messages.
    ///   - isQuoted: whether fields of a TSV table may be quoted.
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
