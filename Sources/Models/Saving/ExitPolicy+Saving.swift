import BertCheckpoints
import BertCore
public import BertJSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension ExitPolicy {
    /// Saves the policy in the `config.json` of a model's folder, replacing the current policy. All other keys are
    /// unchanged. The file is replaced atomically.
    ///
    /// - Returns: The members of the previous policy.
    /// - Throws: ``BertError`` `.fileNotReadable` if the file can't be written, or is a symbolic link to a shared file,
    ///   as in a download cache; `.malformedFile` if it isn't JSON; `.invalidArgument` if the policy is invalid for the
    ///   model.
    @discardableResult
    public func save(in folder: String) throws -> JSONObject {
        let files = try ModelFiles(folder: folder)
        let path = files.path(of: BertConfig.fileName)
        var info = stat()
        if unsafe lstat(path, &info) == 0, info.st_mode & S_IFMT == S_IFLNK {
            throw BertError(
                .fileNotReadable,
                "is a link to a shared file, such as in a download cache; copy the model to another folder",
                file: path)
        }
        let layers = try BertConfig(files).numHiddenLayers
        try check(layers: layers)
        let json: JSONValue
        do {
            json = try JSONValue(parsing: files.read(BertConfig.fileName), source: path, options: .python)
        } catch let error as JSONError { throw BertError(.malformedFile, error) }
        var members = json.objectValue ?? JSONObject()
        var old = JSONObject()
        for key in Key.allCases.map(\.rawValue) {
            if let value = members[key] { old[key] = value }
            members[key] = nil
        }
        for (key, value) in configuration(layers: layers) { members[key] = value }
        var options = JSONWriteOptions()
        options.pretty = true
        options.nonFinite = .python
        let bytes = JSONValue.object(members).serializedBytes(options) + [UInt8(ascii: "\n")]
        try AtomicFile.replace(path, with: bytes)
        return old
    }
}
