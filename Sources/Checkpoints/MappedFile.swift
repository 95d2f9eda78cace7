package import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A memory-mapped file.
///
/// Pages are read on first access and shared with other processes that map the file. Truncating a mapped file causes
/// crashes, so replace the files of a model by renaming new files over them, as ``SafetensorsWriter`` does.
package final class MappedFile: @unchecked Sendable {
    // Safe to share: the mapping is read-only, and `bytes` never changes.
    private let bytes: UnsafeRawBufferPointer

    private init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    deinit {
        if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
    }

    /// Maps a file.
    ///
    /// - Throws: ``BertError`` `.fileNotReadable` with the message of the system.
    package static func map(_ path: String) throws -> HostBuffer {
        let file = try OpenFile(reading: path)
        // The system rejects empty mappings.
        guard file.size > 0 else { return HostBuffer(unsafe: UnsafeRawBufferPointer(start: nil, count: 0), owner: nil) }
        guard let start = mmap(nil, file.size, PROT_READ, MAP_PRIVATE, file.descriptor, 0), start != MAP_FAILED else {
            throw BertError(.fileNotReadable, "can't be mapped into memory: \(systemMessage())", file: path)
        }
        let bytes = UnsafeRawBufferPointer(start: start, count: file.size)
        return HostBuffer(unsafe: bytes, owner: MappedFile(bytes: bytes))
    }
}

/// A part of a mapped file for a single user, whose pages are dropped from memory when the last reference is released.
///
/// This avoids keeping weights twice that a backend has packed.
private final class MappedPart: Sendable {
    private let whole: HostBuffer

    init(_ whole: HostBuffer) { self.whole = whole }

    deinit {
        whole.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress.map(UInt.init(bitPattern:)) else { return }
            let page = UInt(sysconf(CInt(_SC_PAGESIZE)))
            // The pages that contain nothing else.
            let (first, end) = ((start + page - 1) / page * page, (start + UInt(bytes.count)) / page * page)
            if first < end { madvise(UnsafeMutableRawPointer(bitPattern: first), Int(end - first), MADV_DONTNEED) }
        }
    }
}

extension HostBuffer {
    /// The same bytes. If they are memory-mapped, their pages are dropped from memory when the last reference to the
    /// result is released.
    var forOneUser: HostBuffer {
        guard owner is MappedFile else { return self }
        return withUnsafeBytes { HostBuffer(unsafe: $0, owner: MappedPart(self)) }
    }
}

/// An open regular file, which is closed when the last reference is released.
package final class OpenFile {
    package let descriptor: CInt
    package let path: String
    /// The size in bytes when the file was opened.
    package let size: Int

    /// Opens a file for reading.
    ///
    /// - Throws: ``BertError`` `.fileNotReadable` if it doesn't exist, isn't readable or isn't a regular file.
    package init(reading path: String) throws {
        // Without O_NONBLOCK, opening a pipe would block until there is a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw BertError(.fileNotReadable, "can't be opened: \(systemMessage())", file: path)
        }
        var info = stat()
        let isKnown = fstat(descriptor, &info) == 0
        guard isKnown, info.st_mode & S_IFMT == S_IFREG else {
            defer { close(descriptor) }
            let reason = isKnown ? "it is \(Self.kind(info.st_mode))" : systemMessage()
            throw BertError(.fileNotReadable, "can't be read: \(reason)", file: path)
        }
        self.descriptor = descriptor
        self.path = path
        size = Int(info.st_size)
    }

    deinit { close(descriptor) }

    /// Reads the whole file.
    ///
    /// - Throws: ``BertError`` `.fileNotReadable` if it is larger than `limit` bytes or reading fails.
    package func read(limit: Int) throws -> [UInt8] {
        guard size <= limit else {
            throw BertError(
                .fileNotReadable, "has \(size) bytes; a file of its name has at most \(limit)", file: path,
                value: .int(size), limit: .int(limit))
        }
        // If the file has been truncated since it was opened, the result is shorter.
        return try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size, let start = buffer.baseAddress {
                switch systemRead(descriptor, start + count, size - count) {
                case 0: return
                case let length where length > 0: count += length
                case _ where errno == EINTR: continue
                default: throw BertError(.fileNotReadable, "can't be read: \(systemMessage())", file: path)
                }
            }
        }
    }

    private static func kind(_ mode: mode_t) -> String {
        switch mode & S_IFMT {
        case S_IFDIR: "a folder"
        case S_IFIFO: "a pipe"
        case S_IFSOCK: "a socket"
        default: "a device"
        }
    }
}

/// Calls `read` of the system, which a method with the same name hides.
private func systemRead(_ descriptor: CInt, _ start: UnsafeMutableRawPointer, _ count: Int) -> Int {
    read(descriptor, start, count)
}
