import BertCheckpoints
import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file or standard input, read in chunks.
final class ByteSource {
    /// The name of the source in messages.
    let name: String
    /// Whether the source is a regular file, whose contents are complete.
    let isRegular: Bool
    /// Whether the source has a path that it can be reopened with.
    let isNamed: Bool
    /// The size in bytes, if it is known.
    let size: Int?
    /// The number of bytes read so far, as stored.
    private(set) var position = 0
    /// Identifies the file and its version.
    let info: stat
    private let descriptor: Int32
    /// The position where reading started, for sources that can be reread.
    private let start: Int
    private var buffer = [UInt8](repeating: 0, count: 1 << 18)
    private var decoder: InputDecoder
    private var isDecoded = false

    /// - Parameter path: The path, or nil for standard input.
    /// - Throws: `BertError` that names the file.
    convenience init(path: String?) throws {
        let name = path ?? "standard input"
        let descriptor = path.map { open($0, O_RDONLY | O_CLOEXEC) } ?? STDIN_FILENO
        guard descriptor >= 0 else { throw Self.failure(name) }
        try self.init(descriptor, name: name, isNamed: path != nil)
    }

    private init(_ descriptor: Int32, name: String, isNamed: Bool) throws {
        self.descriptor = descriptor
        self.name = name
        self.isNamed = isNamed
        decoder = InputDecoder(source: name)
        var info = stat()
        guard fstat(descriptor, &info) == 0 else { throw Self.failure(name) }
        guard info.st_mode & S_IFMT != S_IFDIR else {
            throw BertError(.fileNotReadable, "can't be read: it is a folder", file: name)
        }
        self.info = info
        isRegular = info.st_mode & S_IFMT == S_IFREG
        size = isRegular ? Int(info.st_size) : nil
        start = isRegular ? Int(lseek(descriptor, 0, SEEK_CUR)) : 0
    }

    deinit { if descriptor != STDIN_FILENO { close(descriptor) } }

    /// Returns the next available bytes, decompressed and without a byte order mark, or nil at the end or when the user
    /// interrupts.
    func next() throws -> ArraySlice<UInt8>? {
        while let bytes = try nextStored() {
            let decoded = try decoder.take(bytes)
            if !decoded.isEmpty { return decoded[...] }
        }
        guard !isDecoded, Interruption.received == nil else { return nil }
        isDecoded = true
        let last = try decoder.finish()
        return last.isEmpty ? nil : last[...]
    }

    /// Returns the next bytes as stored.
    private func nextStored() throws -> ArraySlice<UInt8>? {
        while Interruption.received == nil {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.failure(name) }
            position += count
            return count == 0 ? nil : buffer[..<count]
        }
        return nil
    }

    /// Whether ``next()`` returns without waiting.
    var isReady: Bool {
        if isRegular { return true }
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&waiting, 1, 0) > 0
    }

    /// Returns a source of the same bytes that can be reread: this source, or a copy in a temporary file.
    func rereadable() throws -> ByteSource {
        if isRegular { return self }
        let copy = try JobOutput.temporary()
        while let bytes = try nextStored() { try copy.write(Array(bytes)) }
        lseek(copy.descriptor, 0, SEEK_SET)
        return try ByteSource(dup(copy.descriptor), name: name, isNamed: false)
    }

    /// Restarts ``next()`` from the beginning.
    func rewind() throws {
        guard lseek(descriptor, off_t(start), SEEK_SET) >= 0 else { throw Self.failure(name) }
        position = 0
        decoder = InputDecoder(source: name)
        isDecoded = false
    }

    /// Returns the SHA-256 of all bytes that can be reread, as stored, in hexadecimal. Doesn't change the position.
    ///
    /// - Throws: `BertError` that names the file.
    func sha256() throws -> String {
        var digest = SHA256()
        var position = start
        var part = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = pread(descriptor, &part, part.count, off_t(position))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.failure(name) }
            if count == 0 { return digest.hexadecimal() }
            part.withUnsafeBytes { digest.add(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            position += count
        }
    }

    /// Returns the share of the bytes after `start` that has been read, from 0 to 1, or nil if it is unknown.
    func share(from start: Int) -> Double? {
        size.map { Double(position - start) / Double(max(1, $0 - start)) }
    }

    private static func failure(_ name: String) -> BertError {
        BertError(.fileNotReadable, "can't be read: \(systemMessage())", file: name)
    }
}
