public import BertCheckpoints
import BertCore
import BertJSON
import BertModels

/// The settings of the `Transformer` module in a sentence-transformers folder.
struct TransformerSettings {
    /// The maximum number of tokens in a text, if specified.
    let maximumLength: Int?
    /// Whether texts are converted to lower case before tokenization.
    let lowercases: Bool

    /// The possible names of the file, in the order in which sentence-transformers looks for them.
    private static let fileNames = ["bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"]
        .map { "sentence_\($0)_config.json" }

    /// Reads the first of these files that exists in the module's folder.
    init(_ files: ModelFiles) throws {
        let config = try Self.fileNames.first(where: files.contains).map(files.json)
        maximumLength = try config?["max_seq_length"]?.int(in: 1...1 << 24)
        lowercases = try config?["do_lower_case"]?.bool() ?? false
    }
}

extension ModelFiles {
    /// Returns the folder with the network and its tokenizer: the `Transformer` module of a sentence-transformers
    /// folder, which older versions called `0_Transformer`, or the folder itself.
    ///
    /// - Throws: ``BertError`` if `modules.json` is malformed or refers to a folder that doesn't exist.
    public func transformerFiles() throws -> ModelFiles {
        guard contains("modules.json"), let path = try SentenceModules.transformerPath(self), !path.isEmpty else {
            return self
        }
        return try subfolder(path)
    }
}
