public import BertCheckpoints
import BertCore
import BertJSON
import BertModels

/// What a sentence-transformers folder says about its `Transformer` module.
struct TransformerSettings {
    /// The most tokens of a text, if the folder says.
    let maximumLength: Int?
    /// Whether texts become lower case before they are tokenized.
    let lowercases: Bool

    /// The file's names, in the order in which sentence-transformers looks for them.
    private static let fileNames = ["bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"]
        .map { "sentence_\($0)_config.json" }

    /// Reads the first of the files that the module's folder has.
    init(_ files: ModelFiles) throws {
        let config = try Self.fileNames.first(where: files.contains).map(files.json)
        maximumLength = try config?["max_seq_length"]?.int(in: 1...1 << 24)
        lowercases = try config?["do_lower_case"]?.bool() ?? false
    }
}

extension ModelFiles {
    /// The folder with the network and its tokenizer: of a sentence-transformers folder that of its `Transformer` module,
    /// which older versions called `0_Transformer`; otherwise the model's own.
    ///
    /// - Throws: ``BertError`` if `modules.json` is malformed or names a folder that doesn't exist.
    public func transformerFiles() throws -> ModelFiles {
        guard contains("modules.json"), let path = try SentenceModules.transformerPath(self), !path.isEmpty else {
            return self
        }
        return try subfolder(path)
    }
}
