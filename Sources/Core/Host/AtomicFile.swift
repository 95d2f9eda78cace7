#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file that replaces another one atomically.
///
/// Other processes see either the old or the complete new file. Mappings of the old file stay valid.
package final class AtomicFile {
    private let path: String
    private let temporary: String
    /// The file descriptor; negative after the file has been closed.
    private var descriptor: CInt

    /// Opens a temporary file in the folder of `path`.
    ///
    /// - Throws: ``BertError`` `.fileNotReadable` with the message of the system.
    package init(replacing path: String) throws {
        self.path = path
        temporary = "\(path).\(getpid())-\(String(UInt32.random(in: .min ... .max), radix: 16)).tmp"
        descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw failure() }
    }

    /// Removes the temporary file unless ``commit()`` succeeded; the file at `path` is unchanged in that case.
    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unsafe unlink(temporary)
    }

    /// Appends a text to the temporary file.
    package func append(_ text: String) throws {
        var text = text
        try text.withUTF8 { try unsafe append(UnsafeRawBufferPointer($0)) }
    }

    /// Appends bytes to the temporary file.
    package func append(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = unsafe bytes[...]
        while unsafe !rest.isEmpty {
            let length = unsafe write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if length >= 0 {
                unsafe rest = rest.dropFirst(length)
            } else if errno != EINTR {
                throw failure()
            }
        }
    }

    /// Flushes the temporary file to disk and moves it into place.
    package func commit() throws {
        guard fsync(descriptor) == 0, unsafe rename(temporary, path) == 0 else { throw failure() }
        close(descriptor)
        descriptor = -1
    }

    /// Replaces a file with the contents that `body` writes.
    ///
    /// - Throws: ``BertError`` `.fileNotReadable` with the message of the system. On an error the temporary file is
    ///   removed.
    package static func replace(_ path: String, _ body: (AtomicFile) throws -> Void) throws {
        let file = try AtomicFile(replacing: path)
        try body(file)
        try file.commit()
    }

    /// Replaces the contents of a file with a string.
    ///
    /// - Throws: ``BertError`` `.fileNotReadable` with the message of the system. On an error the file at `path` is
    ///   unchanged.
    package static func replace(_ path: String, with text: String) throws {
        try replace(path) { try $0.append(text) }
    }

    /// Replaces the contents of a file with bytes.
    ///
    /// - Throws: ``BertError`` `.fileNotReadable` with the message of the system. On an error the file at `path` is
    ///   unchanged.
    package static func replace(_ path: String, with bytes: [UInt8]) throws {
        try replace(path) { file in try unsafe bytes.withUnsafeBytes { try unsafe file.append($0) } }
    }

    private func failure() -> BertError {
        BertError(.fileNotReadable, "can't be written: \(systemMessage())", file: path)
    }
}
