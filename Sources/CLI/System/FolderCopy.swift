import Bert
import BertCheckpoints
import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Copies of folders.
enum FolderCopy {
    /// Copies the files and folders in a folder. Symbolic links are followed.
    ///
    /// - Parameters:
    ///   - source: The folder.
    ///   - target: An existing folder.
    /// - Throws: `BertError` with the system's error message.
    static func copy(_ source: String, to target: String) throws {
        for name in try ModelFiles(folder: source).names {
            let (from, to) = ("\(source)/\(name)", "\(target)/\(name)")
            var info = stat()
            guard stat(from, &info) == 0 else { throw failure(from) }
            switch info.st_mode & S_IFMT {
            case S_IFDIR:
                try Folder.make(to)
                try copy(from, to: to)
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

    private static func failure(_ path: String) -> BertError {
        Folder.failure(path, "can't be copied")
    }
}
