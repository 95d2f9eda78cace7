import BertJSON

/// Functions that load tokenizers from the files of a model.
public enum Tokenizers {
    /// Loads the tokenizer of a model's folder, like `AutoTokenizer` in `transformers`.
    ///
    /// Uses `tokenizer.json` or the older files of the tokenizer class, with the settings of the class,
    /// `tokenizer_config.json`, `special_tokens_map.json` and `added_tokens.json`. See <doc:TokenizerClasses> for the
    /// supported classes.
    ///
    /// - Parameters:
    ///   - folder: The path of the folder.
    ///   - lowercases: Whether to convert texts to lower case first, except for special tokens in them, like
    ///     `do_lower_case` in sentence-transformers.
    /// - Throws: `TokenizerError` if a file is missing or damaged, or specifies an unsupported class or component.
    public static func load(folder: String, lowercases: Bool = false) throws(TokenizerError) -> any Tokenizer {
        try load(TokenizerFiles(folder: folder), lowercases: lowercases)
    }

    /// Loads a tokenizer from files that need not be in a folder, such as those of a model in memory.
    ///
    /// - Throws: The same errors as ``load(folder:lowercases:)``.
    public static func load(_ files: TokenizerFiles, lowercases: Bool = false) throws(TokenizerError) -> any Tokenizer {
        do {
            return try TokenizerLoader(files, lowercases: lowercases).tokenizer()
        } catch let error as TokenizerError {
            throw error
        } catch let error as JSONError {
            throw TokenizerError(
                .malformedFile, error.reason, file: error.source, key: error.path.isEmpty ? nil : error.path,
                line: error.location?.line, cause: nil)
        } catch {
            throw TokenizerError(.fileNotReadable, "the tokenizer can't be loaded", file: files.name, cause: error)
        }
    }
}

extension Tokenizers {
    /// The names of the known tokenizer classes of `transformers`, without `Fast`, including those that aren't
    /// supported.
    public static var knownClasses: [String] { TokenizerClass.all.map(\.name) }
}

/// Selects the files to use and creates a tokenizer from them.
struct TokenizerLoader {
    private let files: TokenizerFiles
    private let settings: TokenizerSettings
    private let lowercases: Bool

    init(_ files: TokenizerFiles, lowercases: Bool) throws {
        self.files = files
        self.lowercases = lowercases
        settings = try TokenizerSettings(files)
    }

    func tokenizer() throws -> any Tokenizer {
        let known = settings.tokenizerClass
        if let known, let refusal = known.refusal {
            throw TokenizerError(
                .unsupportedComponent, "\(known.name) is not supported: \(refusal)", file: files.name,
                key: "tokenizer_class", value: .string(known.name))
        }
        switch known?.files {
        case .bertJapanese: return try build(BertJapaneseFiles(files, settings).parts(), known)
        case .countedBPE: return try build(CountedBPEFiles(files, settings).parts(), known)
        default: break
        }
        if let json = try files.json("tokenizer.json") {
            return try build(TokenizerJSON(json).parts(), known)
        }
        if let className = settings.className, known == nil { throw unknown(className) }
        return try old(known)
    }

    private func build(
        _ parts: TokenizerParts, _ tokenizerClass: TokenizerClass?, required: [TokenRole] = []
    ) throws -> any Tokenizer {
        var parts = parts
        parts.apply(settings, tokenizerClass)
        if lowercases { parts.lowercase() }
        return try parts.tokenizer(settings, tokenizerClass, required: required)
    }

    /// Creates a tokenizer from files other than `tokenizer.json`.
    private func old(_ known: TokenizerClass?) throws -> any Tokenizer {
        // Without a class, it is derived from the file names, if only one class uses them.
        let usual = ["BertTokenizer", "RobertaTokenizer", "DebertaV2Tokenizer"]
        let candidates = known.map { [$0] } ?? usual.compactMap { TokenizerClass.named($0) }
        for candidate in candidates {
            let roles = roles(candidate)
            switch candidate.files {
            case .wordPiece(let layout):
                guard let found = try WordPieceFiles(files) else { continue }
                return try build(
                    found.parts(layout, roles), candidate, required: [.unknown, .classification, .separator])
            case .byteLevel(let layout):
                guard let found = try ByteLevelFiles(files) else { continue }
                return try build(found.parts(layout, roles), candidate, required: [.classification, .separator])
            case .sentencePiece(let name, let layout):
                guard let found = try SentencePieceFiles(files, name, settings) else { continue }
                return try build(found.parts(layout), candidate)
            case .bertJapanese, .countedBPE, nil: continue
            }
        }
        let models = ["spiece.model", "sentencepiece.bpe.model", "sentencepiece.model", "tokenizer.model"]
        for name in known == nil ? models : [] {
            guard try files.bytes(of: name) != nil else { continue }
            throw TokenizerError(
                .unsupportedComponent,
                "the tokenizer class of \(name) is unknown; set tokenizer_class in tokenizer_config.json, for example to AlbertTokenizer",
                file: files.name, key: "tokenizer_class", value: .string(name))
        }
        throw missing(known)
    }

    /// Returns the special tokens of the class by role.
    private func roles(_ tokenizerClass: TokenizerClass) -> [TokenRole: String] {
        var roles = tokenizerClass.roles
        for (role, named) in settings.roles { roles[role] = named.content }
        return roles
    }

    private func unknown(_ className: String) -> TokenizerError {
        TokenizerError(
            .unsupportedComponent,
            "there is no tokenizer.json, and the class \(className) is not supported without it",
            file: files.name, key: "tokenizer_class", value: .string(className))
    }

    private func missing(_ known: TokenizerClass?) -> TokenizerError {
        let needed: String? =
            switch known?.files {
            case .wordPiece: "vocab.txt"
            case .byteLevel: "vocab.json with merges.txt"
            case .sentencePiece(let name, _): name
            case .bertJapanese, .countedBPE, nil:
                known == nil ? "vocab.txt (BERT), nor a vocab.json with merges.txt (RoBERTa)" : nil
            }
        let owner = known.map { ", and the class \($0.name) has no other files" } ?? ""
        let message = needed.map { "has neither a tokenizer.json nor a \($0)" } ?? "has no tokenizer.json\(owner)"
        return TokenizerError(
            .fileNotReadable, message, file: files.name, value: known.map { .string($0.name) })
    }
}

extension TokenizerFiles {
    /// Reads a JSON file; returns nil if it is missing.
    func json(_ file: String) throws -> JSONNode? {
        try bytes(of: file).map { try JSONNode(parsing: $0, source: path(of: file)) }
    }
}
