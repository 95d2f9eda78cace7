import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writing a file so that others see the old one or the whole new one, and a mapped old one stays intact.
enum AtomicFile {
    /// Writes to a temporary file in the same folder, waits until it is on the disk and renames it.
    ///
    /// - Throws: ``BertError`` `.fileNotReadable` with the system's words; the temporary file is then gone.
    static func replace(_ path: String, _ body: (Writer) throws -> Void) throws {
        let temporary = "\(path).\(getpid())-\(String(UInt32.random(in: .min ... .max), radix: 16)).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw BertError(.fileNotReadable, "\(path) can't be written: \(systemMessage())")
        }
        do {
            defer { close(descriptor) }
            try body(Writer(descriptor: descriptor, path: path))
            guard fsync(descriptor) == 0 else {
                throw BertError(.fileNotReadable, "\(path) can't be written: \(systemMessage())")
            }
        } catch {
            unlink(temporary)
            throw error
        }
        guard rename(temporary, path) == 0 else {
            defer { unlink(temporary) }
            throw BertError(.fileNotReadable, "\(path) can't be written: \(systemMessage())")
        }
    }

    /// The open temporary file.
    struct Writer {
        let descriptor: CInt
        let path: String

        /// Writes all bytes.
        func append(_ bytes: UnsafeRawBufferPointer) throws {
            var rest = bytes[...]
            while let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
                let length = write(descriptor, start, rest.count)
                if length >= 0 {
                    rest = rest.dropFirst(length)
                } else if errno != EINTR {
                    throw BertError(.fileNotReadable, "\(path) can't be written: \(systemMessage())")
                }
            }
        }
    }
}
