import BertCheckpoints
import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The download of one file to the cache.
///
/// The file is downloaded to `….incomplete` while holding a lock, resuming an earlier download, and renamed after
/// verification.
struct BlobDownload {
    private let file: RemoteFile
    private let subject: HubSubject
    private let commit: String
    private let verifies: Bool
    private let repository: CachedRepository
    private let connection: HubConnection

    init(
        _ file: RemoteFile, _ subject: HubSubject, commit: String, verifies: Bool, into repository: CachedRepository,
        over connection: HubConnection
    ) {
        (self.file, self.subject, self.commit, self.verifies) = (file, subject, commit, verifies)
        (self.repository, self.connection) = (repository, connection)
    }

    private var blob: String { repository.blob(file.etag) }
    private var pointer: String { repository.pointer(file.name, commit: commit) }

    func run() throws {
        try Folders.make(repository.blobs)
        try Folders.make(pointer.parentFolder)
        tagCache()
        let lock = try BlobLock.take(repository.lock(file.etag)) {
            connection.observe(.waitsForOther(file: file.name))
        }
        try withExtendedLifetime(lock) {
            // The previous holder of the lock may have downloaded the file.
            if try repository.holds(file, commit: commit, verifies: verifies) { return }
            if try repository.holds(file, at: blob, verifies: verifies) { return try link() }
            if Folders.linkInfo(blob) != nil {
                connection.observe(.notice("\(file.name) in the cache is damaged; downloading it again"))
            }
            // Without locks, two processes must not write to the same file.
            let suffix = lock == nil ? "." + String(UInt32.random(in: .min ... .max), radix: 16) : ""
            let incomplete = "\(blob)\(suffix).incomplete"
            do { try fetch(to: incomplete) } catch {
                let isUseless = (error as? BertError)?.code == .tamperedFile
                if lock == nil || isUseless { unlink(incomplete) }
                throw error
            }
            guard rename(incomplete, blob) == 0 else { throw Folders.failure(blob, "can't be written") }
            try link()
            connection.observe(.ends(file: file.name))
        }
    }

    /// Marks the folder as a cache for backup programs.
    private func tagCache() {
        let path = "\(repository.cache)/CACHEDIR.TAG"
        guard Folders.linkInfo(path) == nil else { return }
        let text = """
            Signature: 8a477f597d28d172789f06886806bc55
            # This file is a cache directory tag created by huggingface_hub.
            # For information about cache directory tags, see:
            #\thttps://bford.info/cachedir/

            """
        try? AtomicFile.replace(path, with: text)
    }

    /// Makes the blob available in the snapshot: as a relative link, or as a copy if links aren't supported.
    private func link() throws {
        if !connection.settings.copiesBlobs {
            let temporary = "\(pointer).\(String(UInt32.random(in: .min ... .max), radix: 16)).tmp"
            if symlink(CachedRepository.link(from: file.name, to: file.etag), temporary) == 0 {
                guard rename(temporary, pointer) == 0 else {
                    defer { unlink(temporary) }
                    throw Folders.failure(pointer, "can't be written")
                }
                return
            }
            guard [EPERM, ENOTSUP, EOPNOTSUPP, ENOSYS].contains(errno) else {
                throw Folders.failure(pointer, "can't be linked")
            }
        }
        guard rename(blob, pointer) == 0 else { throw Folders.failure(pointer, "can't be written") }
    }

    // MARK: - Transfer

    private func fetch(to path: String) throws {
        let output = try IncompleteFile(path)
        if let size = file.size, output.count > size { try output.restart() }
        let resumedAt = output.count
        try checkRoom(output.count, path)
        connection.observe(.begins(file: file.name, size: file.size, at: output.count))
        var isPage = false
        do {
            try connection.retrying(progress: { output.progress }) {
                if let size = file.size, output.count == size { return }
                isPage = try receive(into: output)
            }
            try check(output, isPage: isPage)
        } catch let error as BertError where error.code == .tamperedFile && resumedAt > 0 {
            // The existing part may belong to another file.
            connection.observe(.restarts(file: file.name, at: 0))
            try output.restart()
            try connection.retrying(progress: { output.progress }) { isPage = try receive(into: output) }
            try check(output, isPage: isPage)
        }
        try output.finish()
    }

    /// Makes one attempt to download the rest of the file. Returns whether the response was a web page.
    private func receive(into output: IncompleteFile) throws -> Bool {
        var request = HTTPRequest(method: .get, url: try connection.address(subject.id, commit, file.name))
        let start = output.count
        if start > 0 { request.headers.append("Range: bytes=\(start)-") }
        var isBegun = false
        let (head, url) = try connection.send(
            request,
            receive: { head, bytes in
                guard head.status == 200 || head.status == 206 else { return }
                if !isBegun {
                    isBegun = true
                    if start > 0, head.status == 200 || head.range?.start != start {
                        // The server sends the whole file.
                        guard head.status == 200 || head.range?.start == 0 else {
                            throw BertError(
                                .hubFailure, "the server sent the wrong range of the file",
                                file: file.name)
                        }
                        try output.restart()
                        connection.observe(.restarts(file: file.name, at: 0))
                    }
                }
                if let size = file.size, output.count + bytes.count > size {
                    try output.restart()
                    throw BertError(
                        .tamperedFile, "the server sent more bytes than the hub reported", file: file.name,
                        value: .int(output.count + bytes.count), limit: .int(size))
                }
                try output.append(bytes)
                connection.observe(.received(file: file.name, bytes: bytes.count))
            })
        if head.status == 416 {
            // The existing part is already complete.
            if file.size == nil { return false }
            try output.restart()
            throw HubConnection.Setback(
                error: BertError(
                    .hubFailure, "the server refused to send the rest of the file", file: file.name, value: 416))
        }
        try subject.check(head, from: url, connection.settings)
        if let size = file.size, output.count < size {
            throw HubConnection.Setback(
                error: BertError(
                    .connectionFailed, "the server stopped after \(output.count) of \(size) bytes", file: file.name,
                    value: .int(output.count), limit: .int(size)))
        }
        return head.isPage
    }

    /// Verifies the contents against the digest announced by the hub, and discards them if they differ.
    private func check(_ output: IncompleteFile, isPage: Bool) throws {
        var digest = ContentDigest(etag: file.etag, size: output.count)
        guard digest.isChecked else { return }
        try digest.update(file: output.path, count: output.count)
        guard let other = digest.mismatch else { return }
        try output.restart()
        var text = LabelledText(
            isPage
                ? "the server sent a web page instead of the file"
                : "the contents don't match the digest from the hub; the download was discarded")
        text.add("expected", file.etag)
        text.add("received", other)
        text.add(
            "fix", "try again; if the error persists, check whether a proxy or mirror modifies files")
        throw BertError(
            .tamperedFile, text.description, file: file.name, value: .string(other), limit: .string(file.etag))
    }

    /// Checks that the disk has enough space for the rest.
    private func checkRoom(_ count: Int, _ path: String) throws {
        var info = statvfs()
        guard let size = file.size, statvfs(path, &info) == 0 else { return }
        let free = Int(info.f_bavail) * Int(info.f_frsize)
        guard free < size - count else { return }
        var text = LabelledText("\(size - count) bytes are missing, but the disk of the cache only has \(free) free")
        text.add("fix", "free disk space (bert cache list, bert cache prune), or set HF_HUB_CACHE to another disk")
        throw BertError(.diskFull, text.description, file: path, value: .int(size - count), limit: .int(free))
    }
}

/// A partially downloaded file, which is kept if the program ends.
private final class IncompleteFile {
    let path: String
    private let descriptor: CInt
    /// The current size in bytes.
    private(set) var count: Int
    /// The maximum size so far.
    private(set) var progress: Int

    init(_ path: String) throws {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Folders.failure(path, "can't be opened") }
        count = Int(lseek(descriptor, 0, SEEK_END))
        progress = count
    }

    deinit { close(descriptor) }

    func append(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while let start = rest.baseAddress, !rest.isEmpty {
            let length = write(descriptor, start, rest.count)
            if length < 0, errno == EINTR { continue }
            guard length > 0 else {
                var error = Folders.failure(path, "can't be written")
                if error.code == .diskFull {
                    var text = LabelledText("the disk of the cache is full; the incomplete download is kept")
                    text.add(
                        "fix",
                        "free disk space (bert cache list, bert cache prune), or set HF_HUB_CACHE to another disk")
                    error = BertError(.diskFull, text.description, file: path)
                }
                throw error
            }
            count += length
            progress = max(progress, count)
            rest = UnsafeRawBufferPointer(rebasing: rest[length...])
        }
    }

    /// Discards the contents.
    func restart() throws {
        guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw Folders.failure(path, "can't be written")
        }
        count = 0
    }

    /// Flushes the file to disk.
    func finish() throws {
        guard fsync(descriptor) == 0 else { throw Folders.failure(path, "can't be written") }
    }
}
