import BertCore
import BertJSON

/// `model.safetensors.index.json`: which tensor is in which file.
struct CheckpointIndex {
    static let fileName = "model.safetensors.index.json"

    let source: String
    /// Tensor and file, in the order of the index.
    private let entries: [(tensor: String, file: String)]

    init(_ files: ModelFiles) throws {
        let source = files.path(of: Self.fileName)
        self.source = source
        do {
            let index = try JSONNode(parsing: files.read(Self.fileName), source: source, options: .python)
            entries = try index.required("weight_map").members().map { (tensor: $0.key, file: try $0.node.string()) }
        } catch let error as JSONError {
            throw BertError(.malformedFile, error.description)
        }
        for (tensor, file) in entries where file.contains("/") || !ModelFiles.staysInside(file) {
            throw BertError(
                .malformedFile,
                "\(source): the tensor \(tensor) is said to be in \"\(file)\"; this is refused, it must be the name of "
                    + "a file in the same folder")
        }
    }

    /// Opens every file that the index names, once.
    func openShards(_ files: ModelFiles) throws -> [SafetensorsFile] {
        var names: [String] = []
        for (tensor, file) in entries where !names.contains(file) {
            guard files.contains(file) else {
                throw BertError(
                    .fileNotReadable,
                    "the model \(files.location) has no \(file), in which \(Self.fileName) says the tensor \(tensor) is; "
                        + "download the missing part")
            }
            names.append(file)
        }
        return try names.map { try SafetensorsFile(files.map($0), source: files.path(of: $0)) }
    }

    /// The tensors, each from the file that the index gives for it.
    func tensors(in shards: [SafetensorsFile]) throws -> [StoredTensor] {
        try entries.map { name, file in
            if let tensor = shards.first(where: { $0.source.hasSuffix("/" + file) })?[name] { return tensor }
            let elsewhere = shards.first { $0[name] != nil }.map { "; it is in \($0.source)" } ?? ""
            throw BertError(
                .malformedFile,
                "\(source): the tensor \(name) is said to be in \(file), and is not\(elsewhere); "
                    + "index and files do not belong together")
        }
    }
}
