import BertCheckpoints
import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A transaction that replaces several files of a folder.
///
/// New files are written to a temporary folder inside of it. When all of them are on disk, the file that marks the
/// folder as complete is removed, the other files are moved into place, and that file is moved last. If the process is
/// killed in between, the folder contains the old files or is incomplete.
struct FolderUpdate {
    private let folder: String
    private let temporary: String

    /// Returns the path to write a new file to.
    func path(of name: String) -> String { "\(temporary)/\(name)" }

    /// Replaces files.
    ///
    /// - Parameters:
    ///   - folder: The folder, which is created if it doesn't exist.
    ///   - last: The file that marks the folder as complete.
    ///   - write: Writes the new files, including `last`.
    ///   - isStale: Returns whether an existing file that wasn't replaced must be removed.
    /// - Throws: ``BertError`` `.fileNotReadable` with the message of the system, or errors of `write`, in which case
    ///   the folder is unchanged.
    static func perform(
        in folder: String, last: String, write: (FolderUpdate) throws -> Void, isStale: (String) -> Bool
    ) throws {
        let made = try makeFolders(folder)
        let temporary = "\(folder)/.saving-\(getpid())-\(String(UInt32.random(in: .min ... .max), radix: 16))"
        let update = FolderUpdate(folder: folder, temporary: temporary)
        do {
            guard mkdir(temporary, 0o700) == 0 else { throw failure(folder, "can't be written to") }
            try write(update)
            try update.checkTargets()
        } catch {
            for name in (try? names(in: temporary)) ?? [] { unlink("\(temporary)/\(name)") }
            rmdir(temporary)
            made.reversed().forEach { rmdir($0) }
            throw error
        }
        do {
            try update.commit(last: last, isStale: isStale)
        } catch let error as BertError {
            throw BertError(
                error.code, "\(error.message); the files that were not moved yet are in \(temporary)", file: error.file)
        }
    }

    /// Checks that no target is an existing folder.
    private func checkTargets() throws {
        for name in try Self.names(in: temporary) {
            var info = stat()
            if lstat("\(folder)/\(name)", &info) == 0, info.st_mode & S_IFMT == S_IFDIR {
                throw BertError(
                    .fileNotReadable, "the model can't be saved: this is a folder", file: "\(folder)/\(name)")
            }
        }
    }

    private func commit(last: String, isStale: (String) -> Bool) throws {
        let new = try Self.names(in: temporary)
        let old = try Self.names(in: folder)
        if old.contains(last) { try remove(last) }
        for name in new where name != last { try move(name) }
        for name in old where !new.contains(name) && isStale(name) { try remove(name) }
        try move(last)
        rmdir(temporary)
        let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
        if descriptor >= 0 {
            fsync(descriptor)
            close(descriptor)
        }
    }

    private func move(_ name: String) throws {
        guard rename(path(of: name), "\(folder)/\(name)") == 0 else {
            throw Self.failure("\(folder)/\(name)", "can't be replaced")
        }
    }

    private func remove(_ name: String) throws {
        guard unlink("\(folder)/\(name)") == 0 || errno == ENOENT else {
            throw Self.failure("\(folder)/\(name)", "can't be removed")
        }
    }

    /// Creates a folder and its ancestors, and returns those that didn't exist.
    private static func makeFolders(_ path: String) throws -> [String] {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw BertError(.fileNotReadable, "the path of the folder to save to is empty or contains a zero byte")
        }
        var made: [String] = []
        var end = path.startIndex
        while end != path.endIndex {
            end = path[end...].dropFirst().firstIndex(of: "/") ?? path.endIndex
            let part = String(path[..<end])
            if mkdir(part, 0o777) == 0 {
                made.append(part)
                continue
            }
            let reason = errno
            var info = stat()
            guard stat(part, &info) == 0 else {
                made.reversed().forEach { rmdir($0) }
                errno = reason
                throw failure(part, "can't be made")
            }
            guard info.st_mode & S_IFMT == S_IFDIR else {
                made.reversed().forEach { rmdir($0) }
                throw BertError(.fileNotReadable, "this is a file; use a folder", file: part)
            }
        }
        return made
    }

    private static func names(in folder: String) throws -> [String] {
        guard let directory = opendir(folder) else { throw failure(folder, "can't be listed") }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private static func failure(_ path: String, _ what: String) -> BertError {
        BertError(.fileNotReadable, "the model can't be saved: this \(what): \(systemMessage())", file: path)
    }
}
