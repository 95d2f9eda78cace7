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
        let made = try Folder.make(folder)
        let temporary = "\(folder)/.saving-\(getpid())-\(String(UInt32.random(in: .min ... .max), radix: 16))"
        let update = FolderUpdate(folder: folder, temporary: temporary)
        do {
            guard unsafe mkdir(temporary, 0o700) == 0 else { throw failure(folder, "can't be written to") }
            try write(update)
            try update.checkTargets()
        } catch {
            try? Folder.remove(temporary)
            made.reversed().forEach { unsafe rmdir($0) }
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
        for name in try Folder.names(in: temporary) {
            var info = stat()
            if unsafe lstat("\(folder)/\(name)", &info) == 0, info.st_mode & S_IFMT == S_IFDIR {
                throw BertError(
                    .fileNotReadable, "the model can't be saved: this is a folder", file: "\(folder)/\(name)")
            }
        }
    }

    private func commit(last: String, isStale: (String) -> Bool) throws {
        let new = try Folder.names(in: temporary)
        let old = try Folder.names(in: folder)
        if old.contains(last) { try remove(last) }
        for name in new where name != last { try move(name) }
        for name in old where !new.contains(name) && isStale(name) { try remove(name) }
        try move(last)
        unsafe rmdir(temporary)
        Folder.synchronize(folder)
    }

    private func move(_ name: String) throws {
        guard unsafe rename(path(of: name), "\(folder)/\(name)") == 0 else {
            throw Self.failure("\(folder)/\(name)", "can't be replaced")
        }
    }

    private func remove(_ name: String) throws {
        guard unsafe unlink("\(folder)/\(name)") == 0 || errno == ENOENT else {
            throw Self.failure("\(folder)/\(name)", "can't be removed")
        }
    }

    private static func failure(_ path: String, _ what: String) -> BertError {
        BertError(.fileNotReadable, "the model can't be saved: this \(what): \(systemMessage())", file: path)
    }
}
