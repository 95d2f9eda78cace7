package import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// File system operations on folders. Their errors have the code `fileNotReadable` and the message of the system.
package enum Folder {
    /// Returns the sorted names in a folder; none if it doesn't exist.
    package static func names(in path: String) throws -> [String] {
        guard let directory = opendir(path) else {
            if errno == ENOENT { return [] }
            throw failure(path, "can't be listed")
        }
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

    /// Creates a folder and its missing ancestors: all of them or none.
    ///
    /// - Returns: The paths of the folders that didn't exist, outermost first.
    @discardableResult
    package static func make(_ path: String) throws -> [String] {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw BertError(.fileNotReadable, "the path of the folder is empty or contains a zero byte")
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
            let error = failure(part, "can't be made")
            var info = stat()
            let exists = stat(part, &info) == 0
            if exists, info.st_mode & S_IFMT == S_IFDIR { continue }
            made.reversed().forEach { rmdir($0) }
            throw exists ? BertError(.fileNotReadable, "this is a file; use a folder", file: part) : error
        }
        return made
    }

    /// Removes a file, or a folder with its contents, if it exists. Links aren't followed.
    package static func remove(_ path: String) throws {
        var info = stat()
        guard lstat(path, &info) == 0 else { return }
        if info.st_mode & S_IFMT == S_IFDIR {
            for name in try names(in: path) { try remove("\(path)/\(name)") }
            guard rmdir(path) == 0 else { throw failure(path, "can't be removed") }
        } else {
            guard unlink(path) == 0 else { throw failure(path, "can't be removed") }
        }
    }

    /// Creates a folder, or replaces an existing one. It contains either everything that `write` writes or nothing of it.
    ///
    /// - Parameter write: Fills a temporary folder, which is moved to the path when it is on disk.
    /// - Returns: The result of `write`.
    /// - Throws: Also the errors of `write`. No files are left behind.
    package static func replace<Result>(_ path: String, _ write: (String) throws -> Result) throws -> Result {
        var path = path
        while path.utf8.count > 1, path.utf8.last == UInt8(ascii: "/") { path.removeLast() }
        let start = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        let temporary = "\(path[..<start]).\(path[start...]).\(getpid()).tmp"
        try remove(temporary)
        let made = try make(temporary)
        do {
            let result = try write(temporary)
            synchronize(temporary)
            try remove(path)
            guard rename(temporary, path) == 0 else { throw failure(path, "can't be made") }
            synchronize(start == path.startIndex ? "." : String(path[..<start]))
            return result
        } catch {
            try? remove(temporary)
            made.dropLast().reversed().forEach { rmdir($0) }
            throw error
        }
    }

    /// Waits until the names in a folder are on disk.
    package static func synchronize(_ path: String) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    /// Returns an error with the message of the system for the last call.
    package static func failure(_ path: String, _ what: String) -> BertError {
        BertError(.fileNotReadable, "\(what): \(systemMessage())", file: path)
    }
}
