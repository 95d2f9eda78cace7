import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Unbuffered standard output.
enum Output {
    /// Writes a text.
    ///
    /// - Throws: `BertError` if the text can't be written, for example because of a full disk or a closed descriptor.
    static func write(_ text: String) throws {
        var text = text
        try text.withUTF8 { try write(UnsafeRawBufferPointer($0)) }
    }

    /// Writes all bytes.
    static func write(_ bytes: UnsafeRawBufferPointer) throws {
        try write(bytes, to: STDOUT_FILENO, name: "standard output")
    }

    /// Writes all bytes to a descriptor.
    ///
    /// - Throws: ``ReaderGone``; `BertError` that names the file.
    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, name: String) throws {
        var rest = bytes
        while !rest.isEmpty {
            #if canImport(Darwin)
                let count = Darwin.write(descriptor, rest.baseAddress, rest.count)
            #elseif canImport(Musl)
                let count = Musl.write(descriptor, rest.baseAddress, rest.count)
            #else
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            #endif
            if count < 0 {
                if errno == EINTR { continue }
                if errno == EPIPE { throw ReaderGone() }
                throw BertError(.fileNotReadable, "can't be written: \(systemMessage())", file: name)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// An error that the reader has closed the output.
    struct ReaderGone: Error {}

    /// Whether standard output is a terminal.
    static let isTerminal = isatty(STDOUT_FILENO) == 1
    /// Whether to use colors: on a terminal that supports them, unless `NO_COLOR` is set.
    static let hasColours: Bool = {
        guard isTerminal, getenv("NO_COLOR").map({ $0.pointee == 0 }) ?? true else { return false }
        return getenv("TERM").map { String(cString: $0) != "dumb" } ?? false
    }()
}
