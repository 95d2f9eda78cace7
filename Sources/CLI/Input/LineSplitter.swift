import BertCore

/// Cuts bytes into lines.
struct LineSplitter {
    /// A line without its end, and its number, counted from 1.
    typealias Line = (number: Int, bytes: ArraySlice<UInt8>)

    /// What to call the input in messages.
    let source: String
    private var rest: [UInt8] = []
    private var number = 0

    init(source: String) { self.source = source }

    /// The lines that are complete with these bytes.
    mutating func take(_ bytes: ArraySlice<UInt8>) throws -> [Line] {
        let searched = rest.count
        rest += bytes
        guard let last = rest[searched...].lastIndex(of: 0x0a) else {
            guard rest.count <= valueSizeLimit else {
                throw BertError(
                    .invalidInput, "\(place(number + 1)): longer than \(valueSizeLimit >> 20) MiB without an end")
            }
            return []
        }
        let lines = rest[..<last].split(separator: 0x0a, omittingEmptySubsequences: false)
        rest = Array(rest[(last + 1)...])
        defer { number += lines.count }
        return lines.enumerated().map { (number + $0 + 1, $1) }
    }

    /// The last line, if it has no end.
    mutating func finish() -> [Line] {
        defer { rest = [] }
        return rest.isEmpty ? [] : [(number + 1, rest[...])]
    }

    /// What to call a line in messages.
    func place(_ number: Int) -> InputPlace { .line(number, of: source) }
}

extension ArraySlice<UInt8> {
    /// A line without the carriage return before its end.
    var withoutCarriageReturn: Self { last == 0x0d ? dropLast() : self }
}
