import BertCore
package import BertJSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The identity of a file's contents, which can usually be verified without reading the whole file.
package struct FileIdentity: Sendable, Equatable {
    /// The size in bytes.
    package let size: Int
    /// The time of the last modification in seconds since 1970. Tools that copy folders keep it, or change it.
    package let modified: Int
    /// The SHA-256 of a sample: the first 64 KiB, and 4 KiB of each of 64 equal parts.
    package let sample: String
    /// The SHA-256 of the file.
    package let sha256: String

    /// Reads a file.
    ///
    /// - Throws: ``BertError`` `.fileNotReadable`.
    package init(ofFile path: String) throws {
        let bytes = try MappedFile.map(path)
        (size, modified) = (bytes.count, try Self.modificationTime(path))
        sample = Self.sample(bytes)
        sha256 = SHA256.hexadecimal(of: bytes)
    }

    /// Returns whether a file has this identity. Only if it has the same size and sample, but was modified at another
    /// time, is the whole file read.
    ///
    /// - Throws: ``BertError`` `.fileNotReadable`.
    package func matches(_ path: String) throws -> Bool {
        let bytes = try MappedFile.map(path)
        guard bytes.count == size, Self.sample(bytes) == sample else { return false }
        if try Self.modificationTime(path) == modified { return true }
        return SHA256.hexadecimal(of: bytes) == sha256
    }

    private static func modificationTime(_ path: String) throws -> Int {
        var info = stat()
        guard stat(path, &info) == 0 else {
            throw BertError(.fileNotReadable, "can't be read: \(systemMessage())", file: path)
        }
        #if canImport(Darwin)
            return info.st_mtimespec.tv_sec
        #else
            return info.st_mtim.tv_sec
        #endif
    }

    private static func sample(_ bytes: HostBuffer) -> String {
        var digest = SHA256()
        bytes.withUnsafeBytes { bytes in
            digest.add(UnsafeRawBufferPointer(rebasing: bytes.prefix(64 << 10)))
            for part in 0..<64 {
                let start = bytes.count / 64 * part
                digest.add(UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + 4_096, bytes.count)]))
            }
        }
        return digest.hexadecimal()
    }
}

extension FileIdentity {
    /// The identity as a JSON object.
    package var json: JSONValue {
        ["size": .int(size), "modified": .int(modified), "sample": .string(sample), "sha256": .string(sha256)]
    }

    /// Reads an identity that ``json`` wrote; nil if it is something else.
    package init?(_ json: JSONValue) {
        guard let object = json.objectValue, let size = object["size"]?.intValue,
            let modified = object["modified"]?.intValue, let sample = object["sample"]?.stringValue,
            let sha256 = object["sha256"]?.stringValue
        else { return nil }
        (self.size, self.modified, self.sample, self.sha256) = (size, modified, sample, sha256)
    }
}
