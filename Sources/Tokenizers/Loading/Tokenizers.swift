import BertJSON

/// Finds out which tokenizer a model comes with.
public enum Tokenizers {
    /// Loads the tokenizer of a model's folder: `tokenizer.json` if it is there, else `vocab.txt` (BERT), else `vocab.json`
    /// and `merges.txt` (RoBERTa); with `tokenizer_config.json`, `special_tokens_map.json` and `added_tokens.json` where
    /// they are.
    ///
    /// Truncation and padding that a `tokenizer.json` carries are settings of whoever wrote it and not applied.
    ///
    /// - Throws: `TokenizerError` if a file is missing or damaged, or names a component that this library does not have.
    public static func load(folder: String) throws(TokenizerError) -> any Tokenizer {
        try load(TokenizerFiles(folder: folder))
    }

    /// Loads a tokenizer of files that need not be in a folder, for example of a model in memory.
    ///
    /// - Throws: `TokenizerError` if a file is missing or damaged, or names a component that this library does not have.
    public static func load(_ files: TokenizerFiles) throws(TokenizerError) -> any Tokenizer {
        do {
            return try resolve(files)
        } catch let error as TokenizerError {
            throw error
        } catch let error as JSONError {
            throw TokenizerError(.malformedFile, "the tokenizer can't be loaded", cause: error)
        } catch {
            throw TokenizerError(.fileNotReadable, "the tokenizer can't be loaded", cause: error)
        }
    }

    private static func resolve(_ files: TokenizerFiles) throws -> any Tokenizer {
        let settings = try TokenizerSettings(files)
        if let json = try files.json("tokenizer.json") {
            return try TokenizerJSON(json, settings).tokenizer()
        }
        if let bytes = try files.bytes(of: "vocab.txt") {
            let list = try bytes.withUnsafeBufferPointer { text throws(TokenizerError) in
                try TokenList(vocabTxt: text, source: files.path(of: "vocab.txt"))
            }
            var configuration = WordPieceConfiguration()
            settings.apply(to: &configuration)
            configuration.addedTokens = settings.addedTokens
            return try WordPieceTokenizer(list, configuration)
        }
        if let vocabulary = try files.json("vocab.json"), let merges = try files.bytes(of: "merges.txt") {
            return try RobertaFiles(vocabulary, merges, files.path(of: "merges.txt"), settings).tokenizer()
        }
        for name in ["spiece.model", "sentencepiece.bpe.model", "spm.model", "tokenizer.model"] {
            guard try files.bytes(of: name) != nil else { continue }
            throw TokenizerError(
                .unsupportedComponent,
                """
                \(files.name) has a \(name), which is not read, and no tokenizer.json; make one in Python: \
                from transformers import AutoTokenizer; \
                AutoTokenizer.from_pretrained("\(files.name)").save_pretrained("\(files.name)")
                """)
        }
        throw TokenizerError(
            .fileNotReadable,
            """
            \(files.name) has neither a tokenizer.json nor a vocab.txt nor a vocab.json with a merges.txt; one of them \
            is needed to make tokens of text
            """)
    }
}

extension TokenizerFiles {
    /// A file of JSON, or nil if it is not there.
    func json(_ file: String) throws -> JSONNode? {
        try bytes(of: file).map { try JSONNode(parsing: $0, source: path(of: file)) }
    }
}
