import BertCore

/// Cuts bytes into lines, which end as in Python: with a line feed, a carriage return, or both.
struct LineSplitter {
    /// A line without its end, and its number, counted from 1.
    typealias Line = (number: Int, bytes: ArraySlice<UInt8>)

    /// The name of the input in messages.
    let source: String
    private var rest: [UInt8] = []
    private var number = 0
    /// Whether the last line ended with a carriage return, to which a line feed may belong.
    private var endedWithReturn = false

    init(source: String) { self.source = source }

    /// The lines that are complete with these bytes.
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

    /// The last line, if it has no end.
    mutating func finish() -> [Line] {
        defer { rest = [] }
        return rest.isEmpty ? [] : [(number + 1, rest[...])]
    }

    /// What to call a line in messages.
    func place(_ number: Int) -> InputPlace { .line(number, of: source) }
}
