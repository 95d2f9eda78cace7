import BertCheckpoints
import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The lock on a blob, compatible with `huggingface_hub`: `flock` on a file outside of the repositories.
final class BlobLock {
    private let descriptor: CInt

    private init(_ descriptor: CInt) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// The result of an attempt to acquire the lock.
    enum Attempt {
        case taken(BlobLock)
        /// Another process holds the lock.
        case held
        /// The file system doesn't support locks.
        case unsupported
    }

    /// Tries to acquire the lock, creating its folder if necessary.
    static func attempt(_ path: String) throws -> Attempt {
        try Folders.make(path.parentFolder)
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o664)
        guard descriptor >= 0 else { throw Folders.failure(path, "can't be opened") }
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            if errno == EINTR { continue }
            defer { close(descriptor) }
            if errno == EWOULDBLOCK { return .held }
            if [ENOSYS, ENOLCK, ENOTSUP, EOPNOTSUPP, EINVAL].contains(errno) { return .unsupported }
            throw Folders.failure(path, "can't be locked")
        }
        let lock = BlobLock(descriptor)
        // The previous holder may have removed the file after it was opened here, in which case others lock a new file.
        var mine = stat()
        guard fstat(descriptor, &mine) == 0, let now = Folders.info(path), now.st_ino == mine.st_ino,
            now.st_dev == mine.st_dev
        else { return .held }
        return .taken(lock)
    }

    /// Acquires the lock, waiting as long as necessary; returns nil if the file system doesn't support locks.
    ///
    /// - Parameter waits: Called once if another process holds the lock.
    static func take(_ path: String, waits: () -> Void) throws -> BlobLock? {
        var hasWaited = false
        while true {
            switch try attempt(path) {
            case .taken(let lock): return lock
            case .unsupported: return nil
            case .held:
                if !hasWaited { waits() }
                hasWaited = true
                usleep(50_000)
            }
        }
    }
}
