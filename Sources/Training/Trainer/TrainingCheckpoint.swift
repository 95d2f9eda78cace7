import BertCheckpoints
import BertCore
import BertJSON
import BertModels

/// A folder `checkpoint-N` with model, tokenizer, optimizer, state and arguments.
struct TrainingCheckpoint {
    static let optimizerFile = "optimizer.safetensors"
    static let stateFile = "trainer_state.json"
    static let argumentsFile = "training_args.json"

    /// Returns the step in a folder's name, or nil for other folders.
    static func step(of name: String) -> Int? {
        guard name.hasPrefix("checkpoint-") else { return nil }
        return Int(name.dropFirst("checkpoint-".count))
    }

    /// Returns the checkpoints in a folder in ascending order of step.
    static func all(in folder: String) throws -> [(name: String, step: Int)] {
        try Folder.names(in: folder).compactMap { name in step(of: name).map { (name, $0) } }
            .sorted { $0.1 < $1.1 }
    }

    /// Writes JSON in the format that Python uses.
    static func write(_ json: JSONValue, to path: String) throws {
        var options = JSONWriteOptions()
        options.pretty = true
        options.sortedKeys = true
        options.nonFinite = .python
        let bytes = json.serializedBytes(options) + [UInt8(ascii: "\n")]
        try AtomicFile.replace(path, with: bytes)
    }

    static func read(_ path: String) throws -> JSONNode {
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        let files = try ModelFiles(folder: String(path[..<slash]))
        let name = String(path[path.index(after: slash)...])
        do {
            return JSONNode(try JSONValue(parsing: files.read(name), source: path, options: .python), source: path)
        } catch let error as JSONError {
            throw BertError(.malformedFile, error, file: path)
        }
    }

    /// Writes the optimizer's moments with the names of the parameters.
    static func write(_ optimizer: AdamWOptimizer, _ names: [String], to path: String, on backend: any ComputeBackend)
        throws
    {
        var tensors = [
            SafetensorsWriter.Tensor(
                name: "step", type: .int32, shape: [1], data: HostBuffer([Int32(optimizer.step)]))
        ]
        for (index, name) in names.enumerated() {
            for (kind, tensor) in [
                ("exp_avg", optimizer.means[index]), ("exp_avg_sq", optimizer.squares[index]),
            ] {
                tensors.append(
                    SafetensorsWriter.Tensor(
                        name: "\(kind).\(name)", type: .float32, shape: Array(tensor.shape)
                    ) { HostBuffer(try backend.floats(tensor)) })
            }
        }
        try SafetensorsWriter.write(tensors, to: path)
    }

    /// Reads moments written by ``write(_:_:to:on:)``.
    static func read(
        into optimizer: inout AdamWOptimizer, _ parameters: [ParameterSpec], from folder: String,
        on backend: any ComputeBackend
    ) throws {
        let path = "\(folder)/\(optimizerFile)"
        let file = try SafetensorsFile(path: path)
        let tensors = Dictionary(file.tensors.map { ($0.name, $0) }) { first, _ in first }
        func tensor(_ name: String) throws -> StoredTensor {
            guard let tensor = tensors[name] else {
                throw BertError(.weightsMismatch, "the tensor is missing in the optimizer state", file: path, key: name)
            }
            return tensor
        }
        optimizer.step = Int(try tensor("step").int32().first ?? 0)
        for (index, spec) in parameters.enumerated() {
            func load(_ kind: String) throws -> Tensor {
                let stored = try tensor("\(kind).\(spec.name)")
                guard stored.shape == Array(spec.shape) else {
                    throw BertError(
                        .weightsMismatch,
                        "the shape in the optimizer state is \(stored.shape), but the parameter has the shape \(spec.shape)",
                        file: path, key: spec.name)
                }
                return try backend.upload(stored.float32(), shape: spec.shape, elementType: .float32)
            }
            optimizer.means[index] = try load("exp_avg")
            optimizer.squares[index] = try load("exp_avg_sq")
        }
    }
}
