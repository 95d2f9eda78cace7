import BertCheckpoints
import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The trusted certificate authorities, if specified by the environment.
///
/// `SSL_CERT_FILE`, `CURL_CA_BUNDLE` and `REQUESTS_CA_BUNDLE` specify a file each (the last one may be a folder), and
/// `SSL_CERT_DIR` a folder. If several are set, all of them are used. Without any, the system's certificates are used.
struct CertificateTrust: Sendable {
    /// A file of certificates.
    private(set) var file: String?
    /// The contents of several files, concatenated.
    private(set) var pem: [UInt8] = []
    /// A folder of certificates with OpenSSL's hashed names.
    private(set) var folder: String?

    /// Reads the environment.
    ///
    /// - Throws: ``BertError`` `.invalidSetting` with the variable whose file can't be read.
    init(environment: [String: String]) throws {
        var files: [(variable: String, path: String)] = []
        for variable in ["SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_DIR"] {
            guard let path = environment[variable], !path.isEmpty else { continue }
            var info = stat()
            guard stat(path, &info) == 0 else {
                throw BertError(
                    .invalidSetting, "refers to certificates in \(path), which can't be opened: \(systemMessage())",
                    key: variable, value: .string(path))
            }
            if info.st_mode & S_IFMT == S_IFDIR {
                folder = folder ?? path
            } else if !files.contains(where: { $0.path == path }) {
                files.append((variable, path))
            }
        }
        if files.count == 1 {
            file = files[0].path
        } else {
            for (variable, path) in files {
                try BertError.context(key: variable) { pem += try OpenFile(reading: path).read(limit: 64 << 20) }
                pem.append(UInt8(ascii: "\n"))
            }
        }
    }
}
