public import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where the files of a model come from: a folder in Hugging Face layout, or memory.
///
/// Names are relative to the model and stay in it: `config.json`, `1_Pooling/config.json`. Symbolic links are followed,
/// because Hugging Face's download cache is made of them.
public struct ModelFiles: Sendable {
    private enum Origin: Sendable {
        case folder(String)
        case memory([String: HostBuffer])
    }

    private let origin: Origin
    /// Where reading is noted, and what comes before a name there.
    private var log: (reads: ReadLog, prefix: String)?
    /// The folder's path, or the name of the model in memory: for messages.
    public let location: String

    /// The files in a folder.
    ///
    /// - Throws: ``BertError`` `.fileNotReadable` if there is no such folder.
    public init(folder: String) throws {
        var path = folder
        while path.utf8.count > 1, path.utf8.last == UInt8(ascii: "/") { path.removeLast() }
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw BertError(.fileNotReadable, "the path of a model's folder is empty or contains a zero byte")
        }
        var info = stat()
        guard stat(path, &info) == 0 else {
            let reason = systemMessage()
            throw BertError(
                .fileNotReadable,
                "the model folder \(path) can't be opened: \(reason); \(Self.layout)\(Self.workingFolder(for: path))")
        }
        guard info.st_mode & S_IFMT == S_IFDIR else {
            throw BertError(.fileNotReadable, "\(path) is a file; a model is named by its folder, \(Self.layout)")
        }
        origin = .folder(path)
        location = path
    }

    /// Files in memory, for example in the program itself.
    ///
    /// - Parameters:
    ///   - name: what messages call the model.
    ///   - files: the contents, by name.
    public init(name: String, files: [String: HostBuffer]) {
        origin = .memory(files)
        location = name
    }

    /// The same files; which of them are read is noted.
    package func logging(to log: ReadLog) -> ModelFiles {
        var files = self
        files.log = (log, "")
        return files
    }

    private func logging(like parent: ModelFiles, below name: String) -> ModelFiles {
        var files = self
        files.log = parent.log.map { ($0.reads, "\($0.prefix)\(name)/") }
        return files
    }

    private func note(_ name: String) { if let log { log.reads.note(log.prefix + name) } }

    /// The SHA-256 of a file, as 64 hexadecimal digits in lower case.
    ///
    /// - Throws: ``BertError`` `.fileNotReadable` as ``map(_:)``.
    package func sha256(of name: String) throws -> String {
        var digest = SHA256()
        try map(name).withUnsafeBytes { digest.add($0) }
        return digest.hexadecimal()
    }

    /// Whether there is a file of that name.
    public func contains(_ name: String) -> Bool {
        guard Self.staysInside(name) else { return false }
        switch origin {
        case .folder: return access(path(of: name), F_OK) == 0
        case .memory(let files): return files[name] != nil
        }
    }

    /// The file's path as messages give it; in memory, the model's name and the file's.
    public func path(of name: String) -> String { "\(location)/\(name)" }

    /// The files in a folder of the model, as `2_Dense`.
    ///
    /// - Throws: ``BertError`` `.fileNotReadable` if there is no such folder, or its name leads out of the model.
    public func subfolder(_ name: String) throws -> ModelFiles {
        switch origin {
        case .folder:
            try check(name)
            return try ModelFiles(folder: path(of: name)).logging(like: self, below: name)
        case .memory(let files):
            let inside = files.filter { $0.key.hasPrefix(name + "/") }
            guard !inside.isEmpty else { throw missing(name) }
            return ModelFiles(
                name: path(of: name),
                files: Dictionary(
                    uniqueKeysWithValues: inside.map { (String($0.key.dropFirst(name.count + 1)), $0.value) })
            ).logging(like: self, below: name)
        }
    }

    /// Reads a small file.
    ///
    /// - Parameters:
    ///   - name: relative to the model.
    ///   - limit: the most bytes the file may have.
    /// - Throws: ``BertError`` `.fileNotReadable` if there is no such file, it is larger or can't be read, or the name
    ///   leads out of the folder.
    public func read(_ name: String, limit: Int = 256 << 20) throws -> [UInt8] {
        try check(name)
        note(name)
        switch origin {
        case .folder: return try OpenFile(reading: path(of: name)).read(limit: limit)
        case .memory(let files):
            guard let buffer = files[name] else { throw missing(name) }
            return buffer.withUnsafeBytes { Array($0) }
        }
    }

    /// The bytes of a large file, mapped into memory.
    ///
    /// - Throws: ``BertError`` `.fileNotReadable` if there is no such file or it can't be mapped, or the name leads out
    ///   of the folder.
    public func map(_ name: String) throws -> HostBuffer {
        try check(name)
        note(name)
        switch origin {
        case .folder: return try MappedFile.map(path(of: name))
        case .memory(let files):
            guard let buffer = files[name] else { throw missing(name) }
            return buffer
        }
    }

    /// The names of the files at the top, sorted; for messages.
    public var names: [String] {
        switch origin {
        case .memory(let files): return files.keys.sorted()
        case .folder(let path):
            guard let directory = opendir(path) else { return [] }
            defer { closedir(directory) }
            var names: [String] = []
            while let entry = readdir(directory) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name != ".", name != ".." { names.append(name) }
            }
            return names.sorted()
        }
    }

    /// What there is instead of a file that is missing.
    func inventory() -> String {
        let names = names
        if names.isEmpty { return "it is empty" }
        let shown = names.prefix(12).joined(separator: ", ")
        return "it has \(shown)" + (names.count > 12 ? " and \(names.count - 12) more" : "")
    }

    private func check(_ name: String) throws {
        guard Self.staysInside(name) else {
            throw BertError(
                .fileNotReadable, "the file name \"\(name)\" is refused: it leads out of the model \(location)")
        }
        guard contains(name) else { throw missing(name) }
    }

    private func missing(_ name: String) -> BertError {
        BertError(.fileNotReadable, "the model \(location) has no \(name); \(inventory())")
    }

    /// Whether a name is relative and has no step that leads out of the folder.
    package static func staysInside(_ name: String) -> Bool {
        name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy { step in
            !step.isEmpty && !step.elementsEqual(".".utf8) && !step.elementsEqual("..".utf8)
                && !step.contains(0) && !step.contains(UInt8(ascii: "\\"))
        }
    }

    private static let layout = "a model folder in Hugging Face layout has config.json and model.safetensors"

    /// Names the working folder, to which a relative path refers.
    private static func workingFolder(for path: String) -> String {
        guard !path.utf8.starts(with: "/".utf8), let working = getcwd(nil, 0) else { return "" }
        defer { free(working) }
        return " (the working folder is \(String(cString: working)))"
    }
}
