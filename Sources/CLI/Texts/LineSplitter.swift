import BertCore

/// Cuts bytes into lines.
struct LineSplitter {
    /// The most bytes of a line: what comes without an end is no text.
    static let limit = 64 << 20

    private var rest: [UInt8] = []
    private var number = 0

    /// The lines that are complete with these bytes, with their numbers, counted from 1.
    mutating func take(_ bytes: ArraySlice<UInt8>, from source: String) throws -> [(
        number: Int, line: ArraySlice<UInt8>
    )] {
        let searched = rest.count
        rest += bytes
        guard let last = rest[searched...].lastIndex(of: 0x0a) else {
            guard rest.count <= Self.limit else {
                throw BertError(
                    .invalidInput, "\(source), line \(number + 1): longer than \(Self.limit >> 20) MiB without an end")
            }
            return []
        }
        let lines = rest[..<last].split(separator: 0x0a, omittingEmptySubsequences: false)
        rest = Array(rest[(last + 1)...])
        defer { number += lines.count }
        return lines.enumerated().map { (number + $0 + 1, $1) }
    }

    /// The last line, if it has no end.
    mutating func finish() -> [(number: Int, line: ArraySlice<UInt8>)] {
        defer { rest = [] }
        return rest.isEmpty ? [] : [(number + 1, rest[...])]
    }
}
