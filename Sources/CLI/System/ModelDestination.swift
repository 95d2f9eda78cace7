import Bert
import BertCheckpoints
import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The destination of changes to a model: its folder, or a copy of it.
struct ModelDestination {
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
                    "can't be changed: \(systemMessage()); use --out DIR to write a copy of the model",
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

    /// Calls `change` with a folder that has the model's files. A copy of the model is created either completely or not
    /// at all.
    ///
    /// - Returns: The result of `change`, with the final path of the folder.
    func write<Result>(_ change: (_ folder: String) throws -> Result) throws -> (result: Result, folder: String) {
        guard let out else { return (try change(model), model) }
        let result = try Folder.replace(out) { copy in
            try FolderCopy.copy(model, to: copy)
            return try change(copy)
        }
        return (result, out)
    }
}
