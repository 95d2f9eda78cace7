import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where the results of a job go: standard output or a file.
final class JobOutput: Sendable {
    static let standard = JobOutput(descriptor: STDOUT_FILENO, name: "standard output", isRegular: false)

    let descriptor: Int32
    /// What to call it in messages.
    let name: String
    /// Whether it is a file on a disk rather than a pipe, a terminal or a device.
    let isRegular: Bool

    private init(descriptor: Int32, name: String, isRegular: Bool) {
        self.descriptor = descriptor
        self.name = name
        self.isRegular = isRegular
    }

    /// Opens a file, which keeps what it has until ``truncate(to:)``.
    ///
    /// - Throws: `BertError` if it can't be written, or is the input.
    init(path: String, input: ByteSource?) throws {
        name = path
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Self.failure(path, "written") }
        var info = stat()
        guard fstat(descriptor, &info) == 0 else { throw Self.failure(path, "written") }
        isRegular = info.st_mode & S_IFMT == S_IFREG
        if isRegular, let input = input?.info, input.st_dev == info.st_dev, input.st_ino == info.st_ino {
            throw BertError(.invalidArgument, "\(path) is the input too; the texts would be lost")
        }
    }

    /// A file without a name, in the folder for temporary files; it goes away with its owner.
    static func temporary() throws -> JobOutput {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var path = Array("\(folder)/bert-XXXXXX".utf8CString)
        let descriptor = mkstemp(&path)
        guard descriptor >= 0 else { throw failure("a file in \(folder)", "written") }
        unlink(path)
        return JobOutput(descriptor: descriptor, name: "a temporary file in \(folder)", isRegular: true)
    }

    deinit { if descriptor != STDOUT_FILENO { close(descriptor) } }

    /// Whether a file has nothing yet.
    var isEmpty: Bool { isRegular && lseek(descriptor, 0, SEEK_END) == 0 }

    /// Writes all bytes.
    func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try Output.write($0, to: descriptor, name: name) }
    }

    /// Writes over the first bytes of a file.
    func overwriteStart(_ bytes: [UInt8]) throws {
        lseek(descriptor, 0, SEEK_SET)
        try write(bytes)
        lseek(descriptor, 0, SEEK_END)
    }

    /// Cuts a file, and goes on behind what is left.
    func truncate(to size: Int) throws {
        guard isRegular else { return }
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw Self.failure(name, "cut") }
        lseek(descriptor, off_t(size), SEEK_SET)
    }

    /// Writes all that a file has to another output.
    func copy(to output: JobOutput) throws {
        var position = 0
        while case let bytes = try bytes(at: position), !bytes.isEmpty {
            try output.write(bytes)
            position += bytes.count
        }
    }

    /// Where the next lines of a file end; nil if there are not so many.
    ///
    /// - Parameter start: where the first of them begins.
    func end(ofLines count: Int, from start: Int) throws -> Int? {
        var (left, position) = (count, start)
        while left > 0 {
            let bytes = try bytes(at: position)
            if bytes.isEmpty { return nil }
            for (offset, byte) in bytes.enumerated() where byte == 0x0a {
                left -= 1
                if left == 0 { return position + offset + 1 }
            }
            position += bytes.count
        }
        return position
    }

    /// The bytes of a file from a place on, as many as are read at once; none at its end.
    private func bytes(at position: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
            var result: Int
            repeat {
                result = pread(descriptor, buffer.baseAddress, buffer.count, off_t(position))
            } while result < 0 && errno == EINTR
            guard result >= 0 else { throw Self.failure(name, "read") }
            count = result
        }
    }

    private static func failure(_ path: String, _ what: String) -> BertError {
        BertError(.fileNotReadable, "\(path) can't be \(what): \(String(cString: strerror(errno)))")
    }
}
