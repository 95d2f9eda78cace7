import ArgumentParser
import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Texts from the command line or, if there are none, from standard input.
struct TextInput: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The texts. Without any, standard input is read: one JSON string, or object with \"text\", a line.",
            valueName: "text"))
    var texts: [String] = []

    func validate() throws {
        if texts.isEmpty, isatty(STDIN_FILENO) == 1 {
            throw ValidationError(
                #"no texts: give them as arguments or, one JSON string or object with "text" a line, on standard input"#
            )
        }
    }

    /// Calls `body` with texts in their order, as many at a time as there are to be had without waiting.
    ///
    /// - Parameter takesPairs: whether "text_pair" of an object is a second text.
    /// - Throws: `BertError` for a line that can't be read, after `body` was called with all lines before it; what
    ///   `body` throws.
    func forEachGroup(takesPairs: Bool = false, _ body: ([TextRecord]) throws -> Void) throws {
        guard texts.isEmpty else {
            return try body(texts.enumerated().map { TextRecord(argument: $1, position: $0) })
        }
        var reader = LineReader()
        while let lines = try reader.next() {
            var records: [TextRecord] = []
            do {
                for (number, line) in lines where !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }) {
                    records.append(try TextRecord(line: line, number: number, takesPair: takesPairs))
                }
            } catch {
                if !records.isEmpty { try body(records) }
                throw error
            }
            if !records.isEmpty { try body(records) }
        }
    }
}

/// Reads standard input by lines.
private struct LineReader {
    private var rest: [UInt8] = []
    private var lineNumber = 0
    private var isAtEnd = false
    private var buffer = [UInt8](repeating: 0, count: 1 << 18)

    /// The next complete lines with their numbers, counted from 1; nil at the end. Waits for one line, not for more.
    mutating func next() throws -> [(number: Int, line: ArraySlice<UInt8>)]? {
        while !isAtEnd {
            let count = read(STDIN_FILENO, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw BertError(
                    .fileNotReadable, "standard input can't be read: \(String(cString: strerror(errno)))")
            }
            isAtEnd = count == 0
            let searched = rest.count
            rest += buffer[..<count]
            guard let last = isAtEnd ? rest.count : rest[searched...].lastIndex(of: 0x0a).map({ $0 + 1 }), last > 0
            else { continue }
            let complete = rest[..<last]
            rest = Array(rest[last...])
            var lines = complete.split(separator: 0x0a, omittingEmptySubsequences: false)
            if complete.last == 0x0a { lines.removeLast() }
            defer { lineNumber += lines.count }
            return lines.enumerated().map { (lineNumber + $0 + 1, $1) }
        }
        return nil
    }
}
