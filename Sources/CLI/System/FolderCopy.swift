import Bert
import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A copy of a folder. It is created under a temporary name and then moved, so that it exists either completely or not
/// at all.
final class FolderCopy {
    /// The path of the copy until it is moved.
    let temporary: String
    private let target: String
    private var isDone = false

    /// Copies files and folders. Symbolic links are followed.
    ///
    /// - Parameters:
    ///   - source: The folder.
    ///   - target: A path that doesn't exist, or an empty folder.
    /// - Throws: `BertError` with the system's error message. No files are left behind.
    init(of source: String, to target: String) throws {
        var path = target
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.target = path
        temporary = "\(path).\(getpid())-\(String(UInt32.random(in: .min ... .max), radix: 16)).tmp"
        // Creates missing parent folders.
        for end in path.indices.dropFirst() where path[end] == "/" { _ = mkdir(String(path[..<end]), 0o777) }
        try Self.copy(source, to: temporary)
    }

    /// Removes the copy if ``commit()`` wasn't called.
    deinit { if !isDone { Self.remove(temporary) } }

    /// Moves the copy to its target.
    func commit() throws {
        guard rename(temporary, target) == 0 else { throw Self.failure(target) }
        isDone = true
    }

    private static func copy(_ source: String, to target: String) throws {
        guard mkdir(target, 0o777) == 0 else { throw failure(target) }
        for name in try ModelFiles(folder: source).names {
            let (from, to) = ("\(source)/\(name)", "\(target)/\(name)")
            var info = stat()
            guard stat(from, &info) == 0 else { throw failure(from) }
            switch info.st_mode & S_IFMT {
            case S_IFDIR: try copy(from, to: to)
            case S_IFREG: try copyFile(from, to: to, info)
            default: continue
            }
        }
    }

    /// Copies a file with its date, by which packed weights recognize their checkpoint.
    private static func copyFile(_ source: String, to target: String, _ info: stat) throws {
        let input = open(source, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw failure(source) }
        defer { close(input) }
        try AtomicFile.replace(target) { file in
            var buffer = [UInt8](repeating: 0, count: 1 << 20)
            while true {
                let count = read(input, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { throw failure(source) }
                if count == 0 { return }
                try buffer.withUnsafeBytes { try file.append(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            }
        }
        #if canImport(Darwin)
            let times = [info.st_atimespec, info.st_mtimespec]
        #else
            let times = [info.st_atim, info.st_mtim]
        #endif
        guard utimensat(AT_FDCWD, target, times, 0) == 0 else { throw failure(target) }
    }

    private static func remove(_ folder: String) {
        for name in (try? ModelFiles(folder: folder).names) ?? [] {
            let path = "\(folder)/\(name)"
            if unlink(path) != 0 { remove(path) }
        }
        rmdir(folder)
    }

    private static func failure(_ path: String) -> BertError {
        BertError(.fileNotReadable, "can't be copied: \(String(cString: strerror(errno)))", file: path)
    }
}
