import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

enum PluginFuzzing {
    /// Reads the handshake of a plugin's file.
    static func library(_ bytes: [UInt8]) throws {
        try TemporaryFile.with(bytes) { path in
            let file = try ELFFile(path)
            let symbols = try file.symbols(named: ["bert_plugin_handshake", "main"])
            for symbol in symbols.values {
                promise(try file.contents(of: symbol, size: 96).count == 96, "too few bytes")
            }
        }
    }
}

/// A temporary file for readers that only accept paths.
enum TemporaryFile {
    private static let path = "\(getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp")/bert-fuzz-\(getpid())"

    static func with(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        promise(descriptor >= 0 && write(descriptor, bytes, bytes.count) == bytes.count, "can't write \(path)")
        close(descriptor)
        defer { unlink(path) }
        try body(path)
    }
}
