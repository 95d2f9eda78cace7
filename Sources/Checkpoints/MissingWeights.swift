import BertCore
import BertJSON

/// The error for a folder without readable weights, with a suggestion for converting other files.
///
/// The Python code in these messages is tested by `scripts/check-python-advice`.
enum MissingWeights {
    static func error(_ files: ModelFiles) -> BertError {
        let wanted = WeightsFile.Format.allCases.map { "\($0.singleFile) (or \($0.indexFile))" }
        return BertError(
            .fileNotReadable,
            "the model has no weights: neither \(wanted.joined(separator: " nor ")); \(hint(files))",
            file: files.location)
    }

    /// Returns a description of what the folder contains instead.
    private static func hint(_ files: ModelFiles) -> String {
        // Optimum and sentence-transformers export to these folders.
        let names =
            files.names.filter { !isOther($0) }
            + exportFolders.flatMap { folder in
                ((try? files.subfolder(folder))?.names ?? []).map { "\(folder)/\($0)" }
            }
        func first(_ endings: String...) -> String? {
            names.first { name in endings.contains { name.lowercased().hasSuffix($0) } }
        }
        if names.contains("adapter_model.safetensors") || names.contains("adapter_model.bin") {
            return "it is a PEFT adapter; merge it with the weights of its base model"
        }
        for format in WeightsFile.Format.allCases {
            if let name = names.first(where: { isShard($0, format) }) {
                return "\(name) is one of several shards; download \(format.indexFile) and all shards"
            }
        }
        if let name = first(".safetensors") {
            return "if \(name) contains all weights, rename it to \(WeightsFile.Format.safetensors.singleFile)"
        }
        if let name = first(".bin", ".pt", ".pth"), isTorchFile(files, name) {
            return "if \(name) contains the weights, rename it to \(WeightsFile.Format.torch.singleFile)"
        }
        if let name = first(".h5") {
            return "\(name) contains TensorFlow weights; \(convert(files, name, .tensorFlow))"
        }
        if let name = first(".msgpack") { return "\(name) contains Flax weights; \(convert(files, name, .flax))" }
        if let name = first("openvino_model.xml") {
            return
                "\(name) belongs to an OpenVINO model, which is not supported; use the model's safetensors or PyTorch weights"
        }
        if let name = first(".onnx") {
            return "\(name) is an ONNX graph, which is not supported; use the model's safetensors or PyTorch weights"
        }
        if let name = first(".gguf") {
            return
                "\(name) is a llama.cpp model, which is not supported; use the model's safetensors or PyTorch weights"
        }
        if let name = first(".ckpt.index", ".data-00000-of-00001") {
            return
                "\(name) belongs to a TensorFlow 1 checkpoint, which is not supported; use the model's safetensors or PyTorch weights"
        }
        if let name = first(".ckpt"), isTorchFile(files, name) {
            return "if \(name) contains the weights, rename it to \(WeightsFile.Format.torch.singleFile)"
        }
        return "it \(files.inventory())"
    }

    /// The folders of models that were exported to another format.
    private static let exportFolders = ["onnx", "openvino"]

    /// Returns whether a file has the extension of weights, but is part of a training checkpoint or derived from
    /// weights.
    private static func isOther(_ name: String) -> Bool {
        let others = [
            "training_args.bin", "optimizer.pt", "optimizer.bin", "scheduler.pt", "scaler.pt", "openvino_model.bin",
        ]
        return others.contains(name) || name.hasPrefix("rng_state") || name.hasPrefix("packed-")
    }

    /// Returns whether a file is named like a shard: `model-00001-of-00002.safetensors`.
    private static func isShard(_ name: String, _ format: WeightsFile.Format) -> Bool {
        let parts = format.singleFile.split(separator: ".").map(String.init)
        guard name.hasPrefix(parts[0] + "-"), name.hasSuffix("." + parts[1]) else { return false }
        let numbers = name.dropFirst(parts[0].count + 1).dropLast(parts[1].count + 1).split(separator: "-")
        return numbers.count == 3 && numbers[1] == "of" && Int(numbers[0]) != nil && Int(numbers[2]) != nil
    }

    /// Returns whether a file starts like one written by torch.save.
    private static func isTorchFile(_ files: ModelFiles, _ name: String) -> Bool {
        guard let bytes = try? files.map(name) else { return false }
        return bytes.withUnsafeBytes { FileKind.isZip($0) || LegacyTorchArchive.start($0) != nil }
    }

    /// Returns instructions to convert the model with `transformers` and its specific class. `AutoModel` would drop the
    /// head, and in recent versions `from_pretrained(…, from_tf=True)` returns a model that can't be saved.
    private static func convert(_ files: ModelFiles, _ name: String, _ framework: Framework) -> String {
        let config = (try? files.read("config.json")).flatMap { try? JSONValue(parsing: $0, options: .python) }
        guard let model = config?["architectures"]?[0]?.stringValue.map(torchName),
            model.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) })
        else { return "use the model's safetensors or PyTorch weights" }
        return """
            convert them in Python with transformers 4.57 and \(framework.package): \
            import transformers as t, transformers.\(framework.module) as c; f = "\(files.location)"; \
            m = t.\(model)(t.AutoConfig.from_pretrained(f)); c.\(framework.function)(m, f + "/\(name)"); \
            m.save_pretrained(f)
            """
    }

    private struct Framework {
        let package: String
        let module: String
        let function: String

        static let tensorFlow = Framework(
            package: "tf-keras", module: "modeling_tf_pytorch_utils", function: "load_tf2_checkpoint_in_pytorch_model")
        static let flax = Framework(
            package: "flax", module: "modeling_flax_pytorch_utils", function: "load_flax_checkpoint_in_pytorch_model")
    }

    /// Returns the PyTorch class for a TensorFlow or Flax class.
    private static func torchName(_ name: String) -> String {
        for prefix in ["TF", "Flax"] where name.hasPrefix(prefix) { return String(name.dropFirst(prefix.count)) }
        return name
    }
}
