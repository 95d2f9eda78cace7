import BertCore

/// Splits bytes into rows and fields as defined by RFC 4180. A field can be quoted, and then contain doubled quotes and
/// line breaks. Rows end with a line feed, a carriage return, or both.
struct CSVSplitter: RowSplitter {
    private enum State { case start, plain, quoted, afterQuote }

    private let source: String
    private let separator: UInt8
    private var previous: UInt8 = 0
    private var state = State.start
    private var field: [UInt8] = []
    private var fields: [ArraySlice<UInt8>] = []
    private var problem: String?
    private var line = 1
    private var first = 1
    private var size = 0

    /// - Parameter separator: The separator of fields: a comma or a tab.
    init(source: String, separator: UInt8 = UInt8(ascii: ",")) {
        self.source = source
        self.separator = separator
    }

    mutating func take(_ bytes: ArraySlice<UInt8>) throws -> [Row] {
        var rows: [Row] = []
        for byte in bytes {
            size += 1
            // A line feed after a carriage return belongs to the same line break.
            let isSecond = byte == 0x0a && previous == 0x0d
            if byte == 0x0d || byte == 0x0a && !isSecond { line += 1 }
            previous = byte
            switch (state, byte) {
            case (.quoted, UInt8(ascii: "\"")): state = .afterQuote
            case (.quoted, _): field.append(byte)
            case (.start, UInt8(ascii: "\"")): state = .quoted
            case (.afterQuote, UInt8(ascii: "\"")):
                field.append(byte)
                state = .quoted
            case (_, separator): endField()
            case (_, 0x0a) where isSecond: break
            case (_, 0x0a), (_, 0x0d): rows.append(endRow())
            case (.afterQuote, _):
                problem = problem ?? "unexpected character after a closing quote"
                state = .plain
            default:
                if byte == UInt8(ascii: "\"") { problem = problem ?? "a quote inside an unquoted field" }
                field.append(byte)
                state = .plain
            }
        }
        guard size <= valueSizeLimit else {
            throw BertError(
                .invalidInput, "a row longer than \(valueSizeLimit >> 20) MiB; is a quote missing?", file: source,
                line: first)
        }
        return rows
    }

    mutating func finish() -> [Row] {
        if state == .quoted { problem = problem ?? "the file ends inside quotes" }
        return state == .start && fields.isEmpty ? [] : [endRow()]
    }

    private mutating func endField() {
        fields.append(field[...])
        field = []
        state = .start
    }

    private mutating func endRow() -> Row {
        let isBlank = state == .start && fields.isEmpty
        endField()
        defer { (fields, problem, first, size) = ([], nil, line, 0) }
        return Row(number: first, fields: fields, isBlank: isBlank, problem: problem)
    }
}
