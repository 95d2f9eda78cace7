import Bert
import BertCore
import BertJSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The destination of an exit policy: a model's folder, or a copy of it.
struct CalibrationDestination {
    /// The result of writing a policy.
    struct Written {
        /// The path of config.json.
        let path: String
        /// The previous policy.
        let replaced: JSONObject
        /// The path of the figure in the model's folder, or nil if the figure was written elsewhere.
        let figure: String?
    }

    private let model: String
    /// The folder of the copy, or nil for the model's own folder.
    private let out: String?

    /// Checks that the destination can be written, before anything is computed.
    ///
    /// - Throws: `BertError` if `out` is a file or a folder that isn't empty, or if the model's own files are shared.
    init(model: String, out: String?) throws {
        self.model = model
        self.out = out
        var info = stat()
        guard let out else {
            if lstat("\(model)/\(BertConfig.fileName)", &info) == 0, info.st_mode & S_IFMT == S_IFLNK {
                throw BertError(
                    .fileNotReadable,
                    "is a link to a shared file, such as in a download cache; use --out DIR to write a copy of the model",
                    file: "\(model)/\(BertConfig.fileName)", key: "--out")
            }
            guard access("\(model)/\(BertConfig.fileName)", W_OK) == 0, access(model, W_OK) == 0 else {
                throw BertError(
                    .fileNotReadable,
                    "can't be changed: \(String(cString: strerror(errno))); use --out DIR to write a copy of the model",
                    file: "\(model)/\(BertConfig.fileName)", key: "--out")
            }
            return
        }
        guard stat(out, &info) == 0 else { return }
        guard info.st_mode & S_IFMT == S_IFDIR else {
            throw BertError(.fileNotReadable, "is a file; use a folder", file: out, key: "--out")
        }
        let names = try ModelFiles(folder: out).names
        guard names.isEmpty else {
            throw BertError(
                .fileNotReadable, "is not empty: it has \(names.prefix(5).joined(separator: ", "))", file: out,
                key: "--out")
        }
    }

    /// Writes the policy. A copy of the model is written either completely or not at all.
    ///
    /// - Parameter figure: The figure to write to the folder of config.json.
    func write(_ policy: ExitPolicy, figure: String?) throws -> Written {
        let folder = out ?? model
        let replaced: JSONObject
        if let out {
            let copy = try FolderCopy(of: model, to: out)
            replaced = try policy.save(in: copy.temporary)
            try figure.map { try AtomicFile.replace("\(copy.temporary)/\(Self.figureName)", with: $0) }
            try copy.commit()
        } else {
            replaced = try policy.save(in: model)
            try figure.map { try AtomicFile.replace("\(model)/\(Self.figureName)", with: $0) }
        }
        return Written(
            path: "\(folder)/\(BertConfig.fileName)", replaced: replaced,
            figure: figure.map { _ in "\(folder)/\(Self.figureName)" })
    }

    private static let figureName = "calibration.svg"
}
