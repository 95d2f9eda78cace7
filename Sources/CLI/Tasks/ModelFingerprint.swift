import Bert
import BertJSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Identifies a model and its version, by the size and time of each of its files.
enum ModelFingerprint {
    /// The files of a folder that configurations, weights and vocabularies are read from, and those of its folders.
    ///
    /// - Throws: `BertError` if the folder does not exist.
    static func facts(folder: String) throws -> JSONObject {
        var facts = JSONObject()
        for name in try ModelFiles(folder: folder).names {
            guard let info = info("\(folder)/\(name)") else { continue }
            if info.st_mode & S_IFMT == S_IFDIR {
                for inner in try ModelFiles(folder: "\(folder)/\(name)").names {
                    add("\(name)/\(inner)", folder, &facts)
                }
            } else {
                add(name, folder, &facts)
            }
        }
        return facts
    }

    private static func add(_ name: String, _ folder: String, _ facts: inout JSONObject) {
        guard [".json", ".txt", ".safetensors", ".bin"].contains(where: name.hasSuffix),
            let info = info("\(folder)/\(name)"), info.st_mode & S_IFMT == S_IFREG
        else { return }
        facts["the model's \(name)"] = .string(info.sizeAndTime)
    }

    /// The file's status; nil if it does not exist.
    private static func info(_ path: String) -> stat? {
        var info = stat()
        return stat(path, &info) == 0 ? info : nil
    }
}

extension JSONObject {
    /// The members of both; of two with one name the other's counts.
    func merging(_ other: JSONObject) -> JSONObject { JSONObject(map { $0 } + other.map { $0 }) }
}
