import ArgumentParser

/// How texts are written in the input.
enum InputFormat: String, CaseIterable, ExpressibleByArgument {
    /// One JSON string or object a line.
    case jsonl
    /// One JSON array of strings or objects, which is read whole.
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
}

/// What the text and the id are called in objects and headings.
struct TextFields {
    var text = "text"
    var id = "id"
}
