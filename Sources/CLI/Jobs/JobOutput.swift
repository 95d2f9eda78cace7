import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The output of a job: standard output or a file.
final class JobOutput: Sendable {
    static let standard = JobOutput(descriptor: STDOUT_FILENO, name: "standard output", isRegular: false)

    let descriptor: Int32
    /// The name of the output in messages.
    let name: String
    /// Whether the output is a regular file instead of a pipe, a terminal or a device.
    let isRegular: Bool

    private init(descriptor: Int32, name: String, isRegular: Bool) {
        self.descriptor = descriptor
        self.name = name
        self.isRegular = isRegular
    }

    /// Opens a file, which keeps its contents until ``truncate(to:)``.
    ///
    /// - Throws: `BertError` if the file can't be written, or if it is the input.
    init(path: String, input: ByteSource?) throws {
        name = path
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Self.failure(path, "written") }
        var info = stat()
        guard fstat(descriptor, &info) == 0 else { throw Self.failure(path, "written") }
        isRegular = info.st_mode & S_IFMT == S_IFREG
        if isRegular, let input = input?.info, input.st_dev == info.st_dev, input.st_ino == info.st_ino {
            throw BertError(.invalidArgument, "is also the input; use another output", file: path)
        }
    }

    /// Creates an unnamed file in the folder for temporary files. It is deleted with its owner.
    static func temporary() throws -> JobOutput {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var path = Array("\(folder)/bert-XXXXXX".utf8CString)
        let descriptor = mkstemp(&path)
        guard descriptor >= 0 else { throw failure("a file in \(folder)", "written") }
        unlink(path)
        return JobOutput(descriptor: descriptor, name: "a temporary file in \(folder)", isRegular: true)
    }

    deinit { if descriptor != STDOUT_FILENO { close(descriptor) } }

    /// Whether the output is an empty file.
    var isEmpty: Bool { isRegular && lseek(descriptor, 0, SEEK_END) == 0 }

    /// Writes all bytes.
    func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try Output.write($0, to: descriptor, name: name) }
    }

    /// Overwrites the first bytes of a file.
    func overwriteStart(_ bytes: [UInt8]) throws {
        lseek(descriptor, 0, SEEK_SET)
        try write(bytes)
        lseek(descriptor, 0, SEEK_END)
    }

    /// Truncates a file and continues writing at its new end.
    func truncate(to size: Int) throws {
        guard isRegular else { return }
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw Self.failure(name, "cut") }
        lseek(descriptor, off_t(size), SEEK_SET)
    }

    /// Writes the contents of the file to another output.
    func copy(to output: JobOutput) throws {
        var position = 0
        while case let bytes = try bytes(at: position), !bytes.isEmpty {
            try output.write(bytes)
            position += bytes.count
        }
    }

    /// Returns the position after the next lines of a file, or nil if there are fewer lines.
    ///
    /// - Parameter start: The position of the first line.
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

    /// Reads bytes of a file from a position with a single read. Returns no bytes at the end of the file.
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
        BertError(.fileNotReadable, "can't be \(what): \(systemMessage())", file: path)
    }
}
