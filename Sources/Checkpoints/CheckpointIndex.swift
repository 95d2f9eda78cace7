import BertCore
import BertJSON

/// An index of shards, `model.safetensors.index.json` or `pytorch_model.bin.index.json`.
struct CheckpointIndex {
    let source: String
    private let format: WeightsFile.Format
    /// The tensors and their files, in the order of the index.
    private let entries: [(tensor: String, file: String)]

    init(_ files: ModelFiles, _ format: WeightsFile.Format) throws {
        let source = files.path(of: format.indexFile)
        self.source = source
        self.format = format
        do {
            let index = try JSONNode(parsing: files.read(format.indexFile), source: source, options: .python)
            entries = try index.required("weight_map").members().map { (tensor: $0.key, file: try $0.node.string()) }
        } catch let error as JSONError {
            throw BertError(.malformedFile, error, file: source)
        }
        for (tensor, file) in entries where file.contains("/") || !ModelFiles.staysInside(file) {
            throw BertError(
                .malformedFile,
                "the index assigns this tensor to \"\(file)\", which must be the name of a file in the same folder",
                file: source, key: tensor, value: .string(file))
        }
    }

    /// The names of the files in the index.
    var shardNames: [String] {
        entries.reduce(into: []) { names, entry in
            if !names.contains(entry.file) { names.append(entry.file) }
        }
    }

    /// Opens all files in the index.
    func openShards(_ files: ModelFiles) throws -> [WeightsFile] {
        if let (tensor, file) = entries.first(where: { !files.contains($0.file) }) {
            throw BertError(
                .fileNotReadable,
                "the model has no file \(file), to which \(format.indexFile) assigns this tensor; download the "
                    + "missing shard", file: files.location, key: tensor, value: .string(file))
        }
        return try shardNames.map { try WeightsFile(files, $0, format) }
    }

    /// Returns the tensors, each from its file in the index.
    func tensors(in shards: [WeightsFile]) throws -> [StoredTensor] {
        try entries.compactMap { name, file in
            if let tensor = shards.first(where: { $0.source.hasSuffix("/" + file) })?[name] { return tensor }
            if shards.contains(where: { $0.unusable[name] != nil }) { return nil }
            let elsewhere = shards.first { $0[name] != nil }.map { "; it is in \($0.source)" } ?? ""
            throw BertError(
                .malformedFile,
                "the index assigns this tensor to \(file), which doesn't contain it\(elsewhere); the index and the "
                    + "files don't match", file: source, key: name, value: .string(file))
        }
    }
}
