/// Hints that name the option for input in a different format.
struct FormatHint {
    /// The option, such as `--format` or `--corpus-format`.
    let option: String
    /// Whether a record is a single text, so that lines of text are records.
    let takesText: Bool

    /// Returns a hint for a line that isn't JSON.
    func line(_ bytes: ArraySlice<UInt8>) -> String {
        let line = bytes.filter { !$0.isSpace }
        switch line.first {
        case UInt8(ascii: "["): return "; use \(option) json for an array"
        case UInt8(ascii: "{") where line.count == 1, UInt8(ascii: "}") where line.count <= 2:
            return "; an object must be on one line, or in an array (\(option) json)"
        case UInt8(ascii: "{"), UInt8(ascii: "\""): return ""
        default: return text
        }
    }

    /// Returns a hint for input that isn't a JSON array.
    func array(startingWith byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "\""): "; use \(option) jsonl for one value per line"
        default: text
        }
    }

    /// Returns a hint for a table whose header lacks a column.
    func heading(_ names: [String], isQuoted: Bool) -> String {
        if !isQuoted, names.contains(where: { $0.hasPrefix("\"") }) { return "; use --quote for quoted fields" }
        guard names.count == 1, let name = names.first else { return "" }
        if name.contains("\t") { return "; use \(option) tsv for tab-separated fields" }
        if name.contains(",") { return "; use \(option) csv for comma-separated fields" }
        return takesText ? text : ""
    }

    private var text: String {
        takesText ? "; use \(option) text for one text per line" : "; use \(option) csv or tsv for tables"
    }
}

extension UInt8 {
    /// Whether the byte is whitespace in JSON.
    var isSpace: Bool { self == 0x20 || self == 0x0a || self == 0x0d || self == 0x09 }
}
