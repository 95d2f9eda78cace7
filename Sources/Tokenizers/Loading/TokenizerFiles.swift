#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where the files of a tokenizer come from: a folder, or memory.
public struct TokenizerFiles: Sendable {
    /// What messages call the place, for example the folder's path.
    public let name: String
    private let read: @Sendable (String) throws -> [UInt8]?

    /// Files that `read` gives by name, for example `vocab.txt`; nil for a file that is not there.
    public init(name: String, read: @escaping @Sendable (_ file: String) throws -> [UInt8]?) {
        self.name = name
        self.read = read
    }

    /// Files in memory, by name.
    public init(name: String, contents: [String: [UInt8]]) {
        self.init(name: name) { contents[$0] }
    }

    /// The files of a folder.
    public init(folder: String) {
        let folder = folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        self.init(name: folder) { try Self.contents(of: folder + "/" + $0) }
    }

    /// What messages call a file.
    func path(of file: String) -> String { "\(name)/\(file)" }

    /// The bytes of a file, or nil if it is not there.
    func bytes(of file: String) throws(TokenizerError) -> [UInt8]? {
        do {
            return try read(file)
        } catch let error as TokenizerError {
            throw error
        } catch {
            throw TokenizerError(.fileNotReadable, "can't read \(path(of: file))", cause: error)
        }
    }

    private static func contents(of path: String) throws(TokenizerError) -> [UInt8]? {
        func failure() -> TokenizerError {
            TokenizerError(.fileNotReadable, "can't read \(path): \(String(cString: strerror(errno)))")
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
            throw TokenizerError(.fileNotReadable, "can't read \(path): it is not a file")
        }
        let size = Int(status.st_size)
        guard size < Int(Int32.max) else {
            throw TokenizerError(.fileNotReadable, "can't read \(path): \(size) bytes are no tokenizer")
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
