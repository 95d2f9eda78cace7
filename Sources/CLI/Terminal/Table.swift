/// A text table with aligned columns.
struct Table {
    /// A cell with a text and a style.
    struct Cell: ExpressibleByStringInterpolation {
        let text: String
        let style: Style?
        let isRight: Bool

        init(_ text: String, _ style: Style? = nil, right: Bool = false) {
            self.text = text
            self.style = style
            isRight = right
        }

        init(stringLiteral value: String) { self.init(value) }
    }

    private var rows: [[Cell]] = []

    /// Creates a table with a header.
    init(_ heading: [Cell] = []) {
        if !heading.isEmpty { rows.append(heading.map { Cell($0.text, .bold, right: $0.isRight) }) }
    }

    /// Adds a row.
    mutating func add(_ cells: Cell...) { add(cells) }

    /// Adds a row.
    mutating func add(_ cells: [Cell]) { rows.append(cells) }

    /// The lines of the table. Columns are separated by two spaces, and as wide as their widest cell. Lines have no
    /// trailing spaces.
    var lines: [String] {
        var widths: [Int] = []
        for row in rows {
            for (column, cell) in row.enumerated() {
                if column == widths.count { widths.append(0) }
                widths[column] = max(widths[column], cell.text.columns)
            }
        }
        return rows.map { row in
            var line = ""
            var gap = 0
            for (column, cell) in row.enumerated() {
                let missing = widths[column] - cell.text.columns
                if cell.isRight { gap += missing }
                if !cell.text.isEmpty {
                    line += String(repeating: " ", count: gap) + (cell.style?(cell.text) ?? cell.text)
                    gap = 0
                }
                gap += (cell.isRight ? 0 : missing) + (cell.text.isEmpty ? cell.text.columns : 0) + 2
            }
            return line
        }
    }
}

extension String {
    /// The number of columns on a terminal. Wide East Asian characters and emoji take two columns.
    var columns: Int {
        var count = 0
        for character in self {
            let scalar = character.unicodeScalars.first?.value ?? 0
            let isWide =
                (0x1100...0x115f).contains(scalar) || (0x2e80...0xa4cf).contains(scalar)
                || (0xac00...0xd7a3).contains(scalar) || (0xf900...0xfaff).contains(scalar)
                || (0xfe30...0xfe6f).contains(scalar) || (0xff00...0xff60).contains(scalar)
                || (0x1f300...0x1faff).contains(scalar) || (0x20000...0x3fffd).contains(scalar)
            count += isWide ? 2 : 1
        }
        return count
    }
}
