import BertCore
import BertJSON

/// The error for a folder without readable weights: what it has instead, and how to convert that if it can be converted.
///
/// The Python in these messages is run by `scripts/check-python-advice`.
enum MissingWeights {
    static func error(_ files: ModelFiles) -> BertError {
        let wanted = WeightsFile.Format.allCases.map { "\($0.singleFile) (or \($0.indexFile))" }
        return BertError(
            .fileNotReadable,
            "the model has no weights: neither \(wanted.joined(separator: " nor ")); \(hint(files))",
            file: files.location)
    }

    /// What the folder has instead.
    private static func hint(_ files: ModelFiles) -> String {
        let names = files.names
        func first(_ endings: String...) -> String? {
            names.first { name in endings.contains { name.lowercased().hasSuffix($0) } }
        }
        if names.contains("adapter_model.safetensors") || names.contains("adapter_model.bin") {
            return "it is a PEFT adapter, which needs the weights of the model it was trained on merged with it"
        }
        if let name = first(".safetensors") {
            return "if \(name) holds all weights, rename it to \(WeightsFile.Format.safetensors.singleFile)"
        }
        if let name = first(".bin", ".pt", ".pth"), isTorchFile(files, name) {
            return "if \(name) holds the weights, rename it to \(WeightsFile.Format.torch.singleFile)"
        }
        if let name = first(".h5") { return "\(name) holds TensorFlow weights; \(convert(files, "from_tf"))" }
        if let name = first(".msgpack") { return "\(name) holds Flax weights; \(convert(files, "from_flax"))" }
        if let name = first(".onnx") {
            return "\(name) is an ONNX graph, made for another program; get the model's safetensors or PyTorch weights"
        }
        if let name = first(".gguf") {
            return "\(name) is made for llama.cpp; get the model's safetensors or PyTorch weights"
        }
        if let name = first(".ckpt.index", ".data-00000-of-00001") {
            return "\(name) belongs to a TensorFlow 1 checkpoint; get the model's safetensors or PyTorch weights"
        }
        if let name = first(".ckpt"), isTorchFile(files, name) {
            return "if \(name) holds the weights, rename it to \(WeightsFile.Format.torch.singleFile)"
        }
        return files.inventory()
    }

    /// Whether a file begins the way torch.save's files do.
    private static func isTorchFile(_ files: ModelFiles, _ name: String) -> Bool {
        guard let bytes = try? files.map(name) else { return false }
        return bytes.withUnsafeBytes { FileKind.isZip($0) || LegacyTorchArchive.start($0) != nil }
    }

    /// A conversion by `transformers` with the class that the model is for: `AutoModel` would drop its head.
    private static func convert(_ files: ModelFiles, _ argument: String) -> String {
        let config = (try? files.read("config.json")).flatMap { try? JSONValue(parsing: $0, options: .python) }
        guard let name = config?["architectures"]?[0]?.stringValue.map(torchName),
            name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) })
        else { return "get the model's safetensors or PyTorch weights" }
        return """
            convert them in Python with transformers 4 and \(argument == "from_tf" ? "tf-keras" : "flax"): \
            import transformers; f = "\(files.location)"; \
            transformers.\(name).from_pretrained(f, \(argument)=True).save_pretrained(f)
            """
    }

    /// The PyTorch class of a TensorFlow or Flax class.
    private static func torchName(_ name: String) -> String {
        for prefix in ["TF", "Flax"] where name.hasPrefix(prefix) { return String(name.dropFirst(prefix.count)) }
        return name
    }
}
