/// Standard input, a line at a time.
enum InputLines {
    /// Calls `body` with each line that is not blank and its number, counted from 1, as soon as it is there.
    ///
    /// - Throws: `BertError` if standard input can't be read; what `body` throws.
    static func forEach(_ body: (_ number: Int, _ line: ArraySlice<UInt8>) throws -> Void) throws {
        let source = try ByteSource(path: nil)
        var splitter = LineSplitter()
        var isAtEnd = false
        while !isAtEnd {
            let bytes = try source.next()
            isAtEnd = bytes == nil
            for (number, line) in try bytes.map({ try splitter.take($0, from: source.name) }) ?? splitter.finish()
            where !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }) {
                try body(number, line)
            }
        }
    }
}
