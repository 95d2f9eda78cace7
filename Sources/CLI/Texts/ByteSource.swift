import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file or standard input, read a chunk at a time.
final class ByteSource {
    /// What to call it in messages.
    let name: String
    /// Whether it is a file on a disk, all of which is there already.
    let isRegular: Bool
    /// Its bytes, if that is known.
    let size: Int?
    /// How many were read.
    private(set) var position = 0
    /// What tells it from other files, and from itself after a change.
    let info: stat
    private let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: 1 << 18)

    /// - Parameter path: nil for standard input.
    /// - Throws: `BertError` that names the file.
    init(path: String?) throws {
        name = path ?? "standard input"
        descriptor = path.map { open($0, O_RDONLY | O_CLOEXEC) } ?? STDIN_FILENO
        guard descriptor >= 0 else { throw Self.failure(name) }
        var info = stat()
        guard fstat(descriptor, &info) == 0 else { throw Self.failure(name) }
        guard info.st_mode & S_IFMT != S_IFDIR else {
            throw BertError(.fileNotReadable, "\(name) can't be read: it is a folder")
        }
        self.info = info
        isRegular = info.st_mode & S_IFMT == S_IFREG
        size = isRegular ? Int(info.st_size) : nil
    }

    deinit { if descriptor != STDIN_FILENO { close(descriptor) } }

    /// The next bytes, as many as there are without waiting; nil at the end, or when the user interrupts.
    func next() throws -> ArraySlice<UInt8>? {
        while Interruption.received == nil {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.failure(name) }
            position += count
            return count == 0 ? nil : buffer[..<count]
        }
        return nil
    }

    private static func failure(_ name: String) -> BertError {
        BertError(.fileNotReadable, "\(name) can't be read: \(String(cString: strerror(errno)))")
    }
}
