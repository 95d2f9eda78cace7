import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Operations on folders that are written either completely or not at all.
enum FolderSwap {
    /// Creates a folder. `write` fills a temporary folder, which is renamed when all of its contents are on disk.
    ///
    /// - Throws: Errors of `write`; `BertError` with the system's error message. No files are left behind.
    static func make(_ path: String, _ write: (String) throws -> Void) throws {
        let (parent, name) = split(path)
        let temporary = "\(parent)/.\(name).\(getpid()).tmp"
        try? remove(temporary)
        try makeFolders(temporary)
        do {
            try write(temporary)
            synchronize(temporary)
            try remove(path)
            guard rename(temporary, path) == 0 else { throw failure(path, "can't be made") }
            synchronize(parent)
        } catch {
            try? remove(temporary)
            throw error
        }
    }

    /// Creates a folder and its missing parent folders.
    static func makeFolders(_ path: String) throws {
        var end = path.startIndex
        while end != path.endIndex {
            end = path[end...].dropFirst().firstIndex(of: "/") ?? path.endIndex
            let part = String(path[..<end])
            guard mkdir(part, 0o777) != 0 else { continue }
            let reason = errno
            var info = stat()
            guard stat(part, &info) == 0, info.st_mode & S_IFMT == S_IFDIR else {
                errno = reason
                throw failure(part, "can't be made")
            }
        }
    }

    /// Removes a folder and its contents, if it exists.
    static func remove(_ path: String) throws {
        var info = stat()
        guard lstat(path, &info) == 0 else { return }
        if info.st_mode & S_IFMT == S_IFDIR {
            for name in try names(in: path) { try remove("\(path)/\(name)") }
            guard rmdir(path) == 0 else { throw failure(path, "can't be removed") }
        } else {
            guard unlink(path) == 0 else { throw failure(path, "can't be removed") }
        }
    }

    /// Returns the sorted names of a folder's contents, or none if the folder doesn't exist.
    static func names(in path: String) throws -> [String] {
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

    private static func split(_ path: String) -> (parent: String, name: String) {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        return (String(path[..<slash]), String(path[path.index(after: slash)...]))
    }

    private static func synchronize(_ path: String) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    private static func failure(_ path: String, _ what: String) -> BertError {
        BertError(.fileNotReadable, "\(what): \(String(cString: strerror(errno)))", file: path)
    }
}
