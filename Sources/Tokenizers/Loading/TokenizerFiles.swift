#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The files of a tokenizer, in a folder or in memory.
public struct TokenizerFiles: Sendable {
    /// The name of the location in messages, for example the path of the folder.
    public let name: String
    private let read: @Sendable (String) throws -> [UInt8]?

    /// Creates files that `read` returns by name, for example `vocab.txt`, or nil for a missing file.
    public init(name: String, read: @escaping @Sendable (_ file: String) throws -> [UInt8]?) {
        self.name = name
        self.read = read
    }

    /// Creates files from memory, by name.
    public init(name: String, contents: [String: [UInt8]]) {
        self.init(name: name) { contents[$0] }
    }

    /// Creates files from a folder.
    public init(folder: String) {
        let folder = folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        self.init(name: folder) { try Self.contents(of: folder + "/" + $0) }
    }

    /// Returns the path of a file for messages.
    func path(of file: String) -> String { "\(name)/\(file)" }

    /// Returns the contents of a file; nil if it is missing.
    func bytes(of file: String) throws(TokenizerError) -> [UInt8]? {
        do {
            return try read(file)
        } catch let error as TokenizerError {
            throw error
        } catch {
            throw TokenizerError(.fileNotReadable, "can't be read", file: path(of: file), cause: error)
        }
    }

    private static func contents(of path: String) throws(TokenizerError) -> [UInt8]? {
        func failure() -> TokenizerError {
            TokenizerError(.fileNotReadable, "can't be read: \(String(cString: strerror(errno)))", file: path)
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw failure()
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure() }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw TokenizerError(.fileNotReadable, "is not a regular file", file: path)
        }
        let size = Int(status.st_size)
        guard size < Int(Int32.max) else {
            throw TokenizerError(
                .fileNotReadable, "has \(size) bytes; tokenizer files must be smaller than 2 GB", file: path,
                value: .int(size), limit: .int(Int(Int32.max) - 1))
        }
        var error: TokenizerError?
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
            while filled < size {
                let count = Self.read(descriptor, buffer, filled)
                if count == 0 { break }
                if count < 0 {
                    if errno == EINTR { continue }
                    error = failure()
                    break
                }
                filled += count
            }
        }
        if let error { throw error }
        return bytes
    }

    private static func read(_ descriptor: Int32, _ buffer: UnsafeMutableBufferPointer<UInt8>, _ filled: Int) -> Int {
        guard let base = buffer.baseAddress else { return 0 }
        #if canImport(Glibc)
            return Glibc.read(descriptor, base + filled, buffer.count - filled)
        #elseif canImport(Musl)
            return Musl.read(descriptor, base + filled, buffer.count - filled)
        #else
            return Darwin.read(descriptor, base + filled, buffer.count - filled)
        #endif
    }
}
