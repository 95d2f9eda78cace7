#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Replaces a file atomically: others see the old file or the complete new one, and mappings of the old one stay valid.
package final class AtomicFile {
    private let path: String
    private let temporary: String
    /// Negative once the file is closed.
    private var descriptor: CInt

    /// Opens a temporary file in the folder of `path`.
    ///
    /// - Throws: ``BertError`` `.fileNotReadable` with the system's message.
    package init(replacing path: String) throws {
        self.path = path
        temporary = "\(path).\(getpid())-\(String(UInt32.random(in: .min ... .max), radix: 16)).tmp"
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw failure() }
    }

    /// Without ``commit()``, the temporary file is removed and the file at `path` is unchanged.
    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(temporary)
    }

    /// Writes all bytes to the temporary file.
    package func append(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes[...]
        while let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
            let length = write(descriptor, start, rest.count)
            if length >= 0 {
                rest = rest.dropFirst(length)
            } else if errno != EINTR {
                throw failure()
            }
        }
    }

    /// Waits until the bytes are on disk, then moves the file into place.
    package func commit() throws {
        guard fsync(descriptor) == 0, rename(temporary, path) == 0 else { throw failure() }
        close(descriptor)
        descriptor = -1
    }

    /// Writes a file in one go.
    ///
    /// - Throws: ``BertError`` `.fileNotReadable` with the system's message; the temporary file is then removed.
    package static func replace(_ path: String, _ body: (AtomicFile) throws -> Void) throws {
        let file = try AtomicFile(replacing: path)
        try body(file)
        try file.commit()
    }

    /// Writes a text in one go.
    ///
    /// - Throws: ``BertError`` `.fileNotReadable` with the system's message; the file at `path` is then unchanged.
    package static func replace(_ path: String, with text: String) throws {
        var text = text
        try replace(path) { file in try text.withUTF8 { try file.append(UnsafeRawBufferPointer($0)) } }
    }

    private func failure() -> BertError {
        BertError(.fileNotReadable, "\(path) can't be written: \(String(cString: strerror(errno)))")
    }
}
