/// A row of a table: its position, its fields, and its error.
struct Row {
    let number: Int
    let fields: [ArraySlice<UInt8>]
    /// Whether the line is empty. A quoted empty field isn't blank.
    let isBlank: Bool
    var problem: String?
}

/// A type that splits bytes into the rows of a table.
protocol RowSplitter {
    /// Returns the rows that are completed by these bytes.
    mutating func take(_ bytes: ArraySlice<UInt8>) throws -> [Row]
    /// Returns the last row if it isn't terminated.
    mutating func finish() -> [Row]
}

/// A splitter for tab-separated fields without quotes.
struct TSVSplitter: RowSplitter {
    private var lines: LineSplitter

    init(source: String) { lines = LineSplitter(source: source) }

    mutating func take(_ bytes: ArraySlice<UInt8>) throws -> [Row] { try lines.take(bytes).map(row) }

    mutating func finish() -> [Row] { lines.finish().map(row) }

    private func row(_ line: LineSplitter.Line) -> Row {
        Row(
            number: line.number,
            fields: line.bytes.split(separator: 0x09, omittingEmptySubsequences: false), isBlank: line.bytes.isEmpty)
    }
}
