public import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The files of a model, in a folder in the Hugging Face layout or in memory.
///
/// Names are relative to the model and can't refer to files outside of it: `config.json`, `1_Pooling/config.json`.
/// Symbolic links are followed, because Hugging Face's download cache consists of them.
public struct ModelFiles: Sendable {
    private enum Origin: Sendable {
        case folder(String)
        case memory([String: HostBuffer])
    }

    private let origin: Origin
    /// A log of the files that are read, and the prefix of their names in it.
    private var log: (reads: ReadLog, prefix: String)?
    /// Contents that are used instead of those of files, by name.
    private var replacements: [String: HostBuffer] = [:]
    /// The path of the folder or the name of the model in memory, for messages.
    public let location: String

    /// Creates files from a folder.
    ///
    /// - Throws: ``BertError`` `.fileNotReadable` if the folder doesn't exist.
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
                "the model folder can't be opened: \(reason); \(Self.layout)\(Self.workingFolder(for: path))",
                file: path)
        }
        guard info.st_mode & S_IFMT == S_IFDIR else {
            throw BertError(.fileNotReadable, "this is a file; use the model's folder, \(Self.layout)", file: path)
        }
        origin = .folder(path)
        location = path
    }

    /// Creates files from memory.
    ///
    /// - Parameters:
    ///   - name: The name of the model in messages.
    ///   - files: The contents by name.
    public init(name: String, files: [String: HostBuffer]) {
        origin = .memory(files)
        location = name
    }

    /// Returns the same files with a log of those that are read.
    package func logging(to log: ReadLog) -> ModelFiles {
        var files = self
        files.log = (log, "")
        return files
    }

    /// Returns the same files with other contents of one of them.
    package func replacing(_ name: String, by bytes: [UInt8]) -> ModelFiles {
        var files = self
        files.replacements[name] = HostBuffer(bytes)
        return files
    }

    private func logging(like parent: ModelFiles, below name: String) -> ModelFiles {
        var files = self
        files.log = parent.log.map { ($0.reads, "\($0.prefix)\(name)/") }
        return files
    }

    private func note(_ name: String) { if let log { log.reads.note(log.prefix + name) } }

    /// Returns the SHA-256 of a file as 64 lower-case hexadecimal digits.
    ///
    /// - Throws: The errors of ``map(_:)``.
    package func sha256(of name: String) throws -> String { try SHA256.hexadecimal(of: map(name)) }

    /// Returns whether a file is in a folder, not in memory.
    func isOnDisk(_ name: String) -> Bool {
        if case .folder = origin { replacements[name] == nil } else { false }
    }

    /// Returns whether a file exists.
    public func contains(_ name: String) -> Bool {
        guard Self.staysInside(name) else { return false }
        if replacements[name] != nil { return true }
        switch origin {
        case .folder: return access(path(of: name), F_OK) == 0
        case .memory(let files): return files[name] != nil
        }
    }

    /// Returns the path of a file for messages; in memory, the name of the model followed by the name of the file.
    public func path(of name: String) -> String { "\(location)/\(name)" }

    /// Returns the files in a subfolder of the model, such as `2_Dense`.
    ///
    /// - Throws: ``BertError`` `.fileNotReadable` if the folder doesn't exist or is outside of the model.
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
    ///   - name: The name of the file, relative to the model.
    ///   - limit: The maximum size of the file in bytes.
    /// - Throws: ``BertError`` `.fileNotReadable` if the file doesn't exist, is too large, can't be read or is outside
    ///   of the folder.
    public func read(_ name: String, limit: Int = 256 << 20) throws -> [UInt8] {
        try check(name)
        note(name)
        if let buffer = replacements[name] { return buffer.withUnsafeBytes { Array($0) } }
        switch origin {
        case .folder: return try OpenFile(reading: path(of: name)).read(limit: limit)
        case .memory(let files):
            guard let buffer = files[name] else { throw missing(name) }
            return buffer.withUnsafeBytes { Array($0) }
        }
    }

    /// Maps a large file into memory.
    ///
    /// - Throws: ``BertError`` `.fileNotReadable` if the file doesn't exist, can't be mapped or is outside of the
    ///   folder.
    public func map(_ name: String) throws -> HostBuffer {
        try check(name)
        note(name)
        if let buffer = replacements[name] { return buffer }
        switch origin {
        case .folder: return try MappedFile.map(path(of: name))
        case .memory(let files):
            guard let buffer = files[name] else { throw missing(name) }
            return buffer
        }
    }

    /// The sorted names of the top-level files, for messages.
    public var names: [String] {
        switch origin {
        case .memory(let files): files.keys.sorted()
        case .folder(let path): (try? Folder.names(in: path)) ?? []
        }
    }

    /// Returns a description of the existing files, for errors about a missing file.
    func inventory() -> String {
        let names = names
        if names.isEmpty { return "is empty" }
        let shown = names.prefix(Self.shownNames).joined(separator: ", ")
        return "has \(shown)" + (names.count > Self.shownNames ? " and \(names.count - Self.shownNames) more" : "")
    }

    private static let shownNames = 12

    private func check(_ name: String) throws {
        guard Self.staysInside(name) else {
            throw BertError(
                .fileNotReadable,
                "the file name \"\(name)\" is rejected, because it is outside the model folder", file: location,
                value: .string(name))
        }
        guard contains(name) else { throw missing(name) }
    }

    private func missing(_ name: String) -> BertError {
        BertError(
            .fileNotReadable, "there is no such file; the folder \(inventory())", file: path(of: name),
            choices: Array(names.prefix(Self.shownNames)))
    }

    /// Returns whether a name is a relative path within the folder.
    package static func staysInside(_ name: String) -> Bool {
        name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy { step in
            !step.isEmpty && !step.elementsEqual(".".utf8) && !step.elementsEqual("..".utf8)
                && !step.contains(0) && !step.contains(UInt8(ascii: "\\"))
        }
    }

    private static let layout = "a model folder in Hugging Face layout has config.json and model.safetensors"

    /// Returns the working folder that a relative path refers to, for messages.
    private static func workingFolder(for path: String) -> String {
        guard !path.utf8.starts(with: "/".utf8), let working = getcwd(nil, 0) else { return "" }
        defer { free(working) }
        return " (the working folder is \(String(cString: working)))"
    }
}
