/// A row of a table: where it starts, its fields, and what is wrong with it.
struct Row {
    let number: Int
    let fields: [ArraySlice<UInt8>]
    var problem: String?
}

/// Cuts bytes into the rows of a table.
protocol RowSplitter {
    /// The rows that are complete with these bytes.
    mutating func take(_ bytes: ArraySlice<UInt8>) throws -> [Row]
    /// The last row, if it has no end.
    mutating func finish() -> [Row]
}

/// Fields separated by tabs, without quotes.
struct TSVSplitter: RowSplitter {
    private var lines: LineSplitter

    init(source: String) { lines = LineSplitter(source: source) }

    mutating func take(_ bytes: ArraySlice<UInt8>) throws -> [Row] { try lines.take(bytes).map(row) }

    mutating func finish() -> [Row] { lines.finish().map(row) }

    private func row(_ line: LineSplitter.Line) -> Row {
        Row(
            number: line.number,
            fields: line.bytes.split(separator: 0x09, omittingEmptySubsequences: false))
    }
}
