import BertCheckpoints
import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The lock that `huggingface_hub` takes on a blob: `flock` on a file beside the repositories.
final class BlobLock {
    private let descriptor: CInt

    private init(_ descriptor: CInt) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// How trying to take it ended.
    enum Attempt {
        case taken(BlobLock)
        /// Somebody else has it.
        case held
        /// The file system has no locks.
        case unsupported
    }

    /// Tries to take the lock; its folder is made.
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
        // Its former holder may have removed the file after we opened it: then others lock a new one.
        var mine = stat()
        guard fstat(descriptor, &mine) == 0, let now = Folders.info(path), now.st_ino == mine.st_ino,
            now.st_dev == mine.st_dev
        else { return .held }
        return .taken(lock)
    }

    /// Takes the lock, however long that takes; nil where the file system has no locks.
    ///
    /// - Parameter waits: called once, if somebody else has it.
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
