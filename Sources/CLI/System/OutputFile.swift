import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file that is there whole or not at all.
enum OutputFile {
    /// Writes a text beside the file, then gives it the file's name.
    ///
    /// - Throws: `BertError` naming the file, if it can't be written. What was there before stays then.
    static func write(_ text: String, to path: String) throws {
        let temporary = "\(path).\(getpid()).part"
        func fail(_ what: String) -> BertError {
            let reason = String(cString: strerror(errno))
            unlink(temporary)
            return BertError(.fileNotReadable, "\(path) can't be \(what): \(reason)")
        }
        guard let file = fopen(temporary, "w") else { throw fail("created") }
        var text = text
        let written = text.withUTF8 { fwrite($0.baseAddress, 1, $0.count, file) == $0.count }
        let flushed = fflush(file) == 0 && fsync(fileno(file)) == 0
        guard written, flushed else {
            let error = fail("written")
            fclose(file)
            throw error
        }
        guard fclose(file) == 0 else { throw fail("written") }
        guard rename(temporary, path) == 0 else { throw fail("replaced") }
    }
}
