#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file with bounds-checked random access.
final class FileParts {
    /// Bytes of the file, which can be read as numbers in native byte order.
    struct Part {
        let bytes: [UInt8]

        func number<Number: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: Number.Type) -> Number {
            unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: offset, as: type) }
        }
    }

    private let path: String
    private let descriptor: Int32
    private let size: UInt64

    /// Opens a file.
    ///
    /// - Throws: ``BackendPluginError`` `fileNotReadable`, or `notALibrary` for a folder or a device.
    init(_ path: String) throws(BackendPluginError) {
        // Opening a pipe must not wait for a writer.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        var status = stat()
        guard descriptor >= 0, unsafe fstat(descriptor, &status) == 0 else {
            throw BackendPluginError(
                .fileNotReadable, path, systemMessage(), fix: "make the file readable")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .notALibrary(path, "it is a folder or a device")
        }
        (self.path, self.descriptor, size) = (path, descriptor, UInt64(max(0, status.st_size)))
    }

    deinit { close(descriptor) }

    /// Returns whether a range is within the file.
    func has(_ offset: UInt64, count: UInt64) -> Bool { offset <= size && count <= size - offset }

    /// Reads a range of the file.
    ///
    /// - Throws: ``BackendPluginError`` `notALibrary` if the range exceeds the file or is unreasonably large.
    func part(_ offset: UInt64, count: UInt64) throws(BackendPluginError) -> Part {
        guard has(offset, count: count), count < 1 << 30 else {
            throw .notALibrary(path, "it is damaged: it refers to \(count) bytes at \(offset), but only has \(size)")
        }
        var bytes = [UInt8](repeating: 0, count: Int(count))
        var filled = 0
        while filled < bytes.count {
            let more = unsafe bytes.withUnsafeMutableBytes { bytes in
                let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[filled...])
                return unsafe pread(descriptor, rest.baseAddress, rest.count, off_t(offset) + off_t(filled))
            }
            if more < 0, errno == EINTR { continue }
            guard more > 0 else {
                throw BackendPluginError(
                    .fileNotReadable, path,
                    more < 0 ? systemMessage() : "the file was truncated while it was read",
                    fix: "copy the file again")
            }
            filled += more
        }
        return Part(bytes: bytes)
    }
}
