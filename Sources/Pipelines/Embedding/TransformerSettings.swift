public import BertCheckpoints
import BertCore
import BertJSON
import BertModels

/// The settings of the `Transformer` module in a sentence-transformers folder.
struct TransformerSettings {
    /// The output of the network that the next module uses: `transformer_task`.
    enum Task: String {
        case featureExtraction = "feature-extraction"
        case fillMask = "fill-mask"
        case sequenceClassification = "sequence-classification"

        /// The output of the class in `transformers`, and its name for the next module.
        var output: (ofModel: String, ofModule: String) {
            switch self {
            case .featureExtraction: ("last_hidden_state", "token_embeddings")
            case .fillMask: ("logits", "token_embeddings")
            case .sequenceClassification: ("logits", "scores")
            }
        }
    }

    /// The maximum number of tokens in a text, if specified.
    let maximumLength: Int?
    /// Whether texts are converted to lower case before tokenization.
    let lowercases: Bool

    /// The possible names of the file, in the order in which sentence-transformers looks for them.
    private static let fileNames = ["bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"]
        .map { "sentence_\($0)_config.json" }

    /// Reads the first of these files that exists in the module's folder.
    ///
    /// - Throws: `JSONError`; ``BertError`` with code `invalidConfiguration` for an unsupported setting.
    init(_ files: ModelFiles, for task: Task = .featureExtraction) throws {
        guard let config = try Self.config(files) else {
            (maximumLength, lowercases) = (nil, false)
            return
        }
        try Self.check(config, task)
        lowercases = try config["do_lower_case"]?.bool() ?? false
        let ofTokenizer = Self.arguments(of: "tokenizer_config.json", config)?["model_max_length"]
        maximumLength =
            try Self.processedLength(config) ?? (ofTokenizer ?? config["max_seq_length"])?.int(in: 1...1 << 24)
    }

    private static func config(_ files: ModelFiles) throws -> JSONNode? {
        try fileNames.first(where: files.contains).map(files.json)
    }

    private static func unsupported(_ node: JSONNode, _ reason: String) -> BertError {
        BertError(
            .invalidConfiguration, reason, file: node.source, key: node.path,
            value: node.value.stringValue.map(BertError.Value.string))
    }

    /// Throws an error if the module has another output.
    private static func check(_ config: JSONNode, _ task: Task) throws {
        if let node = config["transformer_task"], try node.string() != task.rawValue {
            throw unsupported(node, "only \(task.rawValue) is supported here")
        }
        if let node = config["module_output_name"], try node.string() != task.output.ofModule {
            throw unsupported(node, "only \(task.output.ofModule) is supported here")
        }
        guard let modalities = config["modality_config"] else { return }
        let text = try modalities.required("text")
        let method = try text.required("method")
        guard try method.string() == "forward" else { throw unsupported(method, "only forward is supported") }
        let output = try text.required("method_output_name")
        let names =
            output.value.stringValue == nil ? try output.elements().map { try $0.string() } : [try output.string()]
        guard names == [task.output.ofModel] else {
            throw unsupported(output, "only \(task.output.ofModel) is supported here")
        }
    }

    /// Returns the maximum length in `processing_kwargs`, the arguments of each call of the tokenizer.
    private static func processedLength(_ config: JSONNode) throws -> Int? {
        var length: Int?
        for section in ["text", "common"] {
            for (key, node) in try config["processing_kwargs"]?[section]?.members() ?? [] where !node.isNull {
                switch key {
                // These have no effect, because batches are packed without padding.
                case "padding", "padding_side", "pad_to_multiple_of", "return_tensors", "return_attention_mask":
                    continue
                case "max_length": length = try node.int(in: 1...1 << 24)
                case "truncation":
                    let isOn =
                        try node.value.stringValue.map { ["longest_first", "only_first"].contains($0) } ?? node.bool()
                    guard isOn else {
                        throw unsupported(node, "texts are always truncated at their end; remove the setting")
                    }
                default: throw unsupported(node, "the setting is not supported; remove it")
                }
            }
        }
        return length
    }

    /// Returns the settings that override those of a file.
    private static func arguments(of file: String, _ config: JSONNode) -> JSONNode? {
        // If a file has both names, sentence-transformers uses the older one.
        let keys = file == "config.json" ? ["config_args", "config_kwargs"] : ["tokenizer_args", "processor_kwargs"]
        return keys.lazy.compactMap { config[$0] }.first
    }

    /// Returns the files of the module, in which its arguments for the tokenizer and the configuration replace the
    /// settings of these: `tokenizer_args` and `config_args`, or `processor_kwargs` and `config_kwargs`.
    static func applyingArguments(_ files: ModelFiles) throws -> ModelFiles {
        guard let config = try config(files) else { return files }
        var result = files
        for file in ["tokenizer_config.json", "config.json"] {
            guard let arguments = try arguments(of: file, config)?.members(), !arguments.isEmpty else { continue }
            var settings = files.contains(file) ? try files.json(file).value.objectValue ?? [:] : [:]
            for (key, node) in arguments { settings[key] = node.value }
            result = result.replacing(file, by: JSONValue.object(settings).serializedBytes())
        }
        return result
    }
}

extension ModelFiles {
    /// Returns the folder with the network and its tokenizer: the `Transformer` module of a sentence-transformers
    /// folder, which older versions called `0_Transformer`, or the folder itself.
    ///
    /// - Throws: ``BertError`` if `modules.json` is malformed or refers to a folder that doesn't exist.
    public func transformerFiles() throws -> ModelFiles {
        guard contains("modules.json") else { return self }
        return try transformerFiles(path: SentenceModules.transformerPath(self) ?? "")
    }

    /// Returns the files of a `Transformer` module; the path is empty for the model's own folder.
    func transformerFiles(path: String) throws -> ModelFiles {
        try TransformerSettings.applyingArguments(path.isEmpty ? self : subfolder(path))
    }
}
