import BertCheckpoints
import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Verification of contents against their ETag.
///
/// The ETag of a large file is its SHA-256. For other files it is the SHA-1 that git computes over `blob`, the size and
/// the bytes, or the plain SHA-1 on mirrors that don't use git. Other tags can't be verified.
package struct ContentDigest {
    private enum Kind {
        case sha256(SHA256)
        case sha1(git: SHA1, plain: SHA1)
        case unknown
    }

    private var kind: Kind
    private let etag: String

    /// Creates a verification.
    ///
    /// - Parameter size: The size of the contents in bytes.
    package init(etag: String, size: Int) {
        self.etag = etag.lowercased()
        let isHex = self.etag.allSatisfy { $0.isHexDigit }
        switch (isHex, etag.utf8.count) {
        case (true, 64): kind = .sha256(SHA256())
        case (true, 40):
            var git = SHA1()
            Array("blob \(size)\0".utf8).withUnsafeBytes { git.update($0) }
            kind = .sha1(git: git, plain: SHA1())
        default: kind = .unknown
        }
    }

    /// Whether the tag is a digest that can be verified.
    package var isChecked: Bool { if case .unknown = kind { false } else { true } }

    /// Adds contents.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        switch kind {
        case .sha256(var digest):
            kind = .unknown
            digest.add(bytes)
            kind = .sha256(digest)
        case .sha1(var git, var plain):
            kind = .unknown
            git.update(bytes)
            plain.update(bytes)
            kind = .sha1(git: git, plain: plain)
        case .unknown: break
        }
    }

    /// The digest of the contents if it differs from the tag; nil if it matches or can't be verified.
    package var mismatch: String? {
        switch kind {
        case .sha256(let digest):
            let found = digest.hexadecimal()
            return found == etag ? nil : found
        case .sha1(let git, let plain): return git.hex == etag || plain.hex == etag ? nil : git.hex
        case .unknown: return nil
        }
    }

    /// Adds the first bytes of a file.
    ///
    /// - Parameter count: The number of bytes.
    mutating func update(file path: String, count: Int) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Folders.failure(path, "can't be opened") }
        defer { close(descriptor) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        var left = count
        while left > 0 {
            let length = read(descriptor, buffer.baseAddress, min(buffer.count, left))
            if length < 0, errno == EINTR { continue }
            guard length >= 0 else { throw Folders.failure(path, "can't be read") }
            if length == 0 { return }
            update(UnsafeRawBufferPointer(rebasing: buffer[..<length]))
            left -= length
        }
    }
}
