import BertCore

#if canImport(Glibc)
    @preconcurrency import Glibc
#elseif canImport(Musl)
    @preconcurrency import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Standard input, a line at a time.
enum InputLines {
    /// Calls `body` with each line that is not blank and its number, counted from 1, as soon as it is there.
    ///
    /// - Throws: `BertError` if standard input can't be read; what `body` throws.
    static func forEach(_ body: (_ number: Int, _ line: ArraySlice<UInt8>) throws -> Void) throws {
        var (buffer, capacity) = (UnsafeMutablePointer<CChar>?.none, 0)
        defer { free(buffer) }
        var number = 0
        while true {
            errno = 0
            let count = getline(&buffer, &capacity, stdin)
            guard count >= 0, let buffer else { break }
            number += 1
            var line = UnsafeRawBufferPointer(start: buffer, count: count)[...]
            if line.last == 0x0a { line.removeLast() }
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }) { continue }
            try body(number, Array(line)[...])
        }
        if ferror(stdin) != 0 {
            throw BertError(.fileNotReadable, "standard input can't be read: \(String(cString: strerror(errno)))")
        }
    }
}
