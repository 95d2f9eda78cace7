import BertCheckpoints
import BertCore
import BertJSON
import BertModels
import BertPipelines

enum ModelFuzzing {
    /// Reads every tensor of a file of weights.
    static func weights(_ bytes: [UInt8], _ name: String) throws {
        let checkpoint = try Checkpoint(ModelFiles(name: "fuzz", files: [name: HostBuffer(bytes)]))
        var total = 0
        for name in checkpoint.names {
            let tensor = try checkpoint.tensor(name)
            let count = tensor.shape.reduce(1, *)
            promise(count >= 0, "a negative number of elements: \(tensor.shape)")
            total += count
            guard total < 1 << 20 else { return }
            if [.int64, .int32, .uint8].contains(tensor.type) {
                promise(try checkpoint.int64(name).count == count, "other elements than the shape has")
            } else {
                promise(try checkpoint.float32(name).count == 4 * count, "other elements than the shape has")
            }
        }
    }

    /// Checks that a serialized configuration is parsed to the same configuration.
    static func config(_ bytes: [UInt8]) throws {
        let config = try BertConfig(ModelFiles(name: "fuzz", files: ["config.json": HostBuffer(bytes)]))
        _ = try? ModelCatalogue.shared.className(for: config)
        let written = config.json
        let again = try BertConfig(written, source: "written")
        promise(again.json == written, "another configuration: \(written.serialized())")
    }

    /// Reads the files of a sentence-transformers folder, in the order of ``sentenceFiles``.
    static func sentenceModules(_ bytes: [UInt8]) throws {
        let files = Dictionary(
            uniqueKeysWithValues: zip(sentenceFiles, bytes.sections).map { ($0, HostBuffer($1)) })
        let settings = try EmbeddingSettings(ModelFiles(name: "fuzz", files: files))
        promise(!settings.pooling.isEmpty, "no pooling")
        promise((settings.dimensions ?? 1) > 0, "\(settings.dimensions ?? 0) dimensions")
        promise((settings.maximumLength ?? 1) > 0, "at most \(settings.maximumLength ?? 0) tokens")
    }

    static let sentenceFiles = [
        "modules.json", "1_Pooling/config.json", "sentence_bert_config.json", "config_sentence_transformers.json",
        "2_Dense/config.json",
    ]
}
