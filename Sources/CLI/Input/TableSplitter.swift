import BertCore
import BertJSON

/// Converts the rows of a table to objects, with names from the header. Blank lines are skipped; a quoted empty field
/// is a row.
struct TableSplitter: ValueSplitter {
    private var rows: any RowSplitter
    private let source: String
    private let columns: [Column]
    private let readsAll: Bool
    private let hint: FormatHint
    private let isQuoted: Bool
    private var heading: [String]?

    /// - Parameters:
    ///   - columns: The columns that are read.
    ///   - readsAll: Whether all other columns are read, too.
    init(
        _ rows: any RowSplitter, source: String, columns: [Column], readsAll: Bool = false, hint: FormatHint,
        isQuoted: Bool
    ) {
        self.rows = rows
        self.source = source
        self.columns = columns
        self.readsAll = readsAll
        self.hint = hint
        self.isQuoted = isQuoted
    }

    mutating func take(_ bytes: ArraySlice<UInt8>) throws -> [PlacedValue] { try values(rows.take(bytes)) }

    mutating func finish() throws -> [PlacedValue] { try values(rows.finish()) }

    private mutating func values(_ rows: [Row]) throws -> [PlacedValue] {
        var values: [PlacedValue] = []
        for row in rows where !row.isBlank {
            if let heading {
                values.append(value(row, heading))
            } else {
                heading = try names(row)
            }
        }
        return values
    }

    private func names(_ row: Row) throws -> [String] {
        if let problem = row.problem { throw place(row).error(problem) }
        let names = try row.fields.map { try text($0, at: place(row)) }
        for column in columns where names.count(where: { $0 == column.name }) > 1 {
            throw place(row).error(
                "the header has the column \"\(column.name)\" more than once; rename all but one",
                value: .string(column.name), choices: names)
        }
        for column in columns where column.isNeeded && !names.contains(column.name) {
            throw place(row).error(
                """
                unknown column "\(column.name)"; the columns are \(names.joined(separator: ", "))\
                \(column.option.map { " (use --\($0) for another one)" } ?? "")\(hint.heading(names, isQuoted: isQuoted))
                """, value: .string(column.name), choices: names)
        }
        return names
    }

    private func value(_ row: Row, _ heading: [String]) -> PlacedValue {
        let place = place(row)
        return PlacedValue(place, byteCount: row.fields.reduce(0) { $0 + $1.count }) {
            if let problem = row.problem { throw place.error(problem) }
            guard row.fields.count == heading.count else {
                throw place.error(
                    "\(row.fields.count) fields; the header has \(heading.count)", value: .int(row.fields.count),
                    limit: .int(heading.count))
            }
            var object = JSONObject()
            for name in readsAll ? heading : columns.map(\.name) {
                guard let index = heading.firstIndex(of: name) else { continue }
                object[name] = .string(try text(row.fields[index], at: place))
            }
            return .object(object)
        }
    }

    private func place(_ row: Row) -> InputPlace { .line(row.number, of: source) }
}
