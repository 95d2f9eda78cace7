import BertCore

/// Cuts bytes into rows of fields as RFC 4180 has them: quotes around a field, doubled ones in it, line breaks too.
struct CSVSplitter: RowSplitter {
    private enum State { case start, plain, quoted, afterQuote }

    private let source: String
    private var state = State.start
    private var field: [UInt8] = []
    private var fields: [ArraySlice<UInt8>] = []
    private var problem: String?
    private var line = 1
    private var first = 1
    private var size = 0

    init(source: String) { self.source = source }

    mutating func take(_ bytes: ArraySlice<UInt8>) throws -> [Row] {
        var rows: [Row] = []
        for byte in bytes {
            size += 1
            if byte == 0x0a { line += 1 }
            switch (state, byte) {
            case (.quoted, UInt8(ascii: "\"")): state = .afterQuote
            case (.quoted, _): field.append(byte)
            case (.start, UInt8(ascii: "\"")): state = .quoted
            case (.afterQuote, UInt8(ascii: "\"")):
                field.append(byte)
                state = .quoted
            case (_, UInt8(ascii: ",")): endField()
            case (_, 0x0a): rows.append(endRow())
            case (.afterQuote, 0x0d): break
            case (.afterQuote, _):
                problem = problem ?? "something stands behind a closing quote"
                state = .plain
            default:
                if byte == UInt8(ascii: "\"") { problem = problem ?? "a quote stands inside a field without quotes" }
                field.append(byte)
                state = .plain
            }
        }
        guard size <= valueSizeLimit else {
            throw BertError(
                .invalidInput,
                "\(source), line \(first): a row longer than \(valueSizeLimit >> 20) MiB; is a quote missing?")
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
        if state != .afterQuote, field.last == 0x0d { field.removeLast() }
        endField()
        defer { (fields, problem, first, size) = ([], nil, line, 0) }
        return Row(number: first, fields: fields, problem: problem)
    }
}
