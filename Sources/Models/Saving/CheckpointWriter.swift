import BertCheckpoints
import BertCore
import BertJSON

/// A writer that replaces the files of a model in a folder.
struct CheckpointWriter {
    /// A weights file and its tensors.
    private struct Shard {
        var name = WeightsFile.Format.safetensors.singleFile
        var tensors: [SafetensorsWriter.Tensor] = []
        var byteCount = 0
    }

    private var shards = [Shard()]

    /// Divides tensors among as few files as their order allows. Files are at most `maxShardSize`, except for single
    /// tensors that are larger.
    init(_ tensors: [SafetensorsWriter.Tensor], maxShardSize: ShardSize) {
        for tensor in tensors {
            let size = tensor.byteCount
            if !shards[shards.count - 1].tensors.isEmpty,
                size > maxShardSize.bytes - min(shards[shards.count - 1].byteCount, maxShardSize.bytes)
            {
                shards.append(Shard())
            }
            shards[shards.count - 1].tensors.append(tensor)
            shards[shards.count - 1].byteCount += size
        }
        guard shards.count > 1 else { return }
        for index in shards.indices {
            shards[index].name = "model-\(Self.padded(index + 1))-of-\(Self.padded(shards.count)).safetensors"
        }
    }

    /// Writes all files and replaces the old ones.
    func write(_ config: BertConfig, to folder: String) throws {
        try FolderUpdate.perform(in: folder, last: BertConfig.fileName) { update in
            for shard in shards {
                try SafetensorsWriter.write(shard.tensors, to: update.path(of: shard.name))
            }
            if shards.count > 1 { try write(index, to: update.path(of: WeightsFile.Format.safetensors.indexFile)) }
            try write(config.json, to: update.path(of: BertConfig.fileName))
        } isStale: {
            Self.isWeights($0)
        }
    }

    /// The index, which contains the file of each tensor.
    private var index: JSONValue {
        let weightMap = shards.flatMap { shard in shard.tensors.map { ($0.name, JSONValue.string(shard.name)) } }
        let parameterCount = shards.flatMap(\.tensors).reduce(0) { $0 + $1.byteCount / $1.type.size }
        return [
            "metadata": [
                "total_parameters": .int(parameterCount),
                "total_size": .int(shards.reduce(0) { $0 + $1.byteCount }),
            ],
            "weight_map": .object(JSONObject(weightMap)),
        ]
    }

    /// Writes a JSON file in the style of Python, indented and with sorted keys.
    private func write(_ json: JSONValue, to path: String) throws {
        var options = JSONWriteOptions()
        options.pretty = true
        options.sortedKeys = true
        options.nonFinite = .python
        let bytes = json.serializedBytes(options) + [UInt8(ascii: "\n")]
        try AtomicFile.replace(path, with: bytes)
    }

    /// Returns whether a file is one that saving writes. Such files of an earlier save are removed.
    private static func isWeights(_ name: String) -> Bool {
        let format = WeightsFile.Format.safetensors
        if name == format.singleFile || name == format.indexFile { return true }
        guard name.hasPrefix("model-"), name.hasSuffix(".safetensors") else { return false }
        let numbers = name.dropFirst("model-".count).dropLast(".safetensors".count)
            .split(separator: "-of-", omittingEmptySubsequences: false)
        return numbers.count == 2
            && numbers.allSatisfy { $0.count >= 5 && $0.allSatisfy { $0.isASCII && $0.isNumber } }
    }

    /// Returns a number with at least five digits.
    private static func padded(_ number: Int) -> String {
        let digits = "\(number)"
        return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }
}
