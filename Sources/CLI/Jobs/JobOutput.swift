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

    private let descriptor: Int32
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

    deinit { if descriptor != STDOUT_FILENO { close(descriptor) } }

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

    /// How many lines a file has, counted in whole groups, and where the last of them ends.
    func completeLines(group: Int) throws -> (lines: Int, size: Int) {
        lseek(descriptor, 0, SEEK_SET)
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        var (lines, position) = (0, 0)
        var whole = (lines: 0, size: 0)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.failure(name, "read") }
            if count == 0 { return whole }
            for (offset, byte) in buffer[..<count].enumerated() where byte == 0x0a {
                lines += 1
                if lines % group == 0 { whole = (lines, position + offset + 1) }
            }
            position += count
        }
    }

    private static func failure(_ path: String, _ what: String) -> BertError {
        BertError(.fileNotReadable, "\(path) can't be \(what): \(String(cString: strerror(errno)))")
    }
}
