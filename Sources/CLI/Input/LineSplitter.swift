import BertCore

/// Splits bytes into lines. As in Python, a line ends with a line feed, a carriage return, or both.
struct LineSplitter {
    /// A line without its line break, and its number, counted from 1.
    typealias Line = (number: Int, bytes: ArraySlice<UInt8>)

    /// The name of the input in messages.
    let source: String
    private var rest: [UInt8] = []
    private var number = 0
    /// Whether the last line ended with a carriage return, which a line feed may follow.
    private var endedWithReturn = false

    init(source: String) { self.source = source }

    /// Returns the lines that are completed by these bytes.
    mutating func take(_ bytes: ArraySlice<UInt8>) throws -> [Line] {
        var (lines, start) = ([Line](), bytes.startIndex)
        if endedWithReturn, let first = bytes.first {
            endedWithReturn = false
            if first == 0x0a { start += 1 }
        }
        while let end = bytes[start...].firstIndex(where: { $0 == 0x0a || $0 == 0x0d }) {
            number += 1
            lines.append((number, rest.isEmpty ? bytes[start..<end] : (rest + bytes[start..<end])[...]))
            rest = []
            start = end + 1
            guard bytes[end] == 0x0d else { continue }
            if start == bytes.endIndex { endedWithReturn = true } else if bytes[start] == 0x0a { start += 1 }
        }
        rest += bytes[start...]
        guard rest.count <= valueSizeLimit else {
            throw BertError(
                .invalidInput, "longer than \(valueSizeLimit >> 20) MiB without an end", file: source, line: number + 1)
        }
        return lines
    }

    /// Returns the last line if it has no line break.
    mutating func finish() -> [Line] {
        defer { rest = [] }
        return rest.isEmpty ? [] : [(number + 1, rest[...])]
    }

    /// Returns the position of a line for messages.
    func place(_ number: Int) -> InputPlace { .line(number, of: source) }
}
